/* The process that fetches embeddings of records for the assistant. */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/search/embeddings.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/db/db.h"
#include "lib/net/llm_client.h"
#include "schema/ops/embedding.h"

#define ROUND_MS 2000 /* milliseconds; pause if there is no work */
#define FETCH_MS 60000
#define BATCH    32   /* parts of rows per request */
#define BACKLOG  1000 /* rows queued per transaction */

static bool
switch_assistant(struct job_context *w)
{
	struct db_step step = ops_switch_assistant(w->arena,
	    .wanted = *w->config->assistant_url != '\0',
	    .model = w->config->assistant_embedding_model);

	return periodic_tasks_query(w, &step);
}

static bool
claim_parts(struct job_context *w, struct db_step *step)
{
	*step = ops_claim_embeddings(w->arena, .lease = "3 minutes",
	    .most = arena_printf(w->arena, "%d", BATCH));
	return periodic_tasks_query(w, step);
}

/* Returns a column of numbers as a Postgres array. */
static const char *
array_of_column(struct job_context *w, const struct db_step *claimed, int col)
{
	struct buf b;
	int i;

	buf_init(&b, w->arena);
	for (i = 0; i < db_rows(claimed); i++)
		buf_printf(
		    &b, "%c%s", i > 0 ? ',' : '{', db_text(claimed, i, col));
	buf_puts(&b, "}");
	return b.data;
}

/* Returns the organization's key, or else the installation's key. */
static const char *
provider_key(struct job_context *w, const struct db_step *claimed)
{
	const char *encrypted =
	    db_text(claimed, 0, CLAIM_EMBEDDINGS_ENCRYPTED_KEY);
	const char *key = NULL;

	if (encrypted != NULL)
		key = secretbox_open(w->arena, w->config->secrets, encrypted);
	if (key == NULL && *w->config->assistant_key != '\0')
		key = w->config->assistant_key;
	return key;
}

/*
 * Records a failure. refused means that the provider refuses these texts, but
 * may accept others.
 */
static void
record_failure(
    struct job_context *w, const struct db_step *claimed, bool refused)
{
	struct db_step step = ops_fail_embeddings(w->arena,
	    .wanted = array_of_column(w, claimed, CLAIM_EMBEDDINGS_WANTED_ID),
	    .attempts = array_of_column(w, claimed, CLAIM_EMBEDDINGS_ATTEMPT),
	    .refused = refused);

	(void)periodic_tasks_query(w, &step);
}

static void
store_vectors(
    struct job_context *w, const struct db_step *claimed, const char *vectors)
{
	struct db_step step = ops_keep_embeddings(w->arena,
	    .wanted = array_of_column(w, claimed, CLAIM_EMBEDDINGS_WANTED_ID),
	    .attempts = array_of_column(w, claimed, CLAIM_EMBEDDINGS_ATTEMPT),
	    .parts = array_of_column(w, claimed, CLAIM_EMBEDDINGS_PART_ID),
	    .vectors = vectors);

	if (!periodic_tasks_query(w, &step))
		record_failure(w, claimed, true);
	else
		log_info("embeddings parts=%d kept=%s", db_rows(claimed),
		    db_text(&step, 0, 0));
}

/* Embeds a batch. Returns true if there was a batch. */
static bool
embed_batch(struct job_context *w)
{
	const char *texts[BATCH], *vectors;
	struct llm_client m = { .config = w->config };
	struct db_step claimed;
	enum llm_status end;
	int n, i;

	if (!claim_parts(w, &claimed) || (n = db_rows(&claimed)) == 0)
		return false;
	for (i = 0; i < n; i++)
		texts[i] = db_text(&claimed, i, CLAIM_EMBEDDINGS_CONTENT);
	m.key = provider_key(w, &claimed);
	end = llm_embed(w->arena, &m, texts, (size_t)n, FETCH_MS, &vectors);
	if (end == LLM_ANSWERED)
		store_vectors(w, &claimed, vectors);
	else
		record_failure(w, &claimed, end == LLM_REFUSED);
	return true;
}

/* Queues changed rows. Returns true if more rows remain. */
static bool
queue_changed_rows(struct job_context *w)
{
	struct db_step step = ops_queue_embeddings(
	    w->arena, .most = arena_printf(w->arena, "%d", BACKLOG));

	return periodic_tasks_query(w, &step) && db_bool(&step, 0, 0);
}

/* Does the next piece of work. Returns true if more work is ready. */
static bool
embed_next(struct job_context *w)
{
	return *w->config->assistant_url != '\0' &&
	    (embed_batch(w) || queue_changed_rows(w));
}

void
embeddings_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop loop = { switch_assistant, embed_next,
		ROUND_MS };

	poll_loop_run(&loop, config, stopping, waiting);
}
