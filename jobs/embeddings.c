#include <stdlib.h>

#include "jobs/embeddings.h"
#include "jobs/periodic_tasks.h"
#include "jobs/poll_loop.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/db/db.h"
#include "lib/net/llm_client.h"

#define ROUND_MS 2000 /* between two looks when nothing is to be done */
#define FETCH_MS 60000
#define BATCH    32   /* parts of rows that are embedded at once */
#define BACKLOG  1000 /* rows that are asked for at once */

static bool
tell_database(struct job_context *w)
{
	const char *params[] = { *w->config->assistant_url != '\0' ? "t" : "f",
		w->config->assistant_embedding_model };
	struct db_step step = {
		.sql = SQL("SELECT ops.switch_assistant($1::boolean, $2)"),
		.params = params,
		.nparams = 2,
	};

	return periodic_tasks_query(w, &step);
}

static bool
claim(struct job_context *w, struct db_step *step)
{
	const char **params = arena_array(w->arena, 1, sizeof *params);

	params[0] = arena_printf(w->arena, "%d", BATCH);
	*step = (struct db_step){
		.sql = SQL("SELECT wanted_id, attempt, part_id, content, "
			   "sealed FROM ops.claim_embeddings('3 minutes', "
			   "$1::integer)"),
		.params = params,
		.nparams = 1,
	};
	return periodic_tasks_query(w, step);
}

/* A column of numbers as an array of Postgres. */
static const char *
column(struct job_context *w, const struct db_step *claimed, int col)
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

/* The organization's key, else the instance's. */
static const char *
key_of(struct job_context *w, const struct db_step *claimed)
{
	const char *sealed = db_text(claimed, 0, 4), *key = NULL;

	if (sealed != NULL)
		key = secretbox_open(w->arena, w->config->secret, sealed);
	if (key == NULL && *w->config->assistant_key != '\0')
		key = w->config->assistant_key;
	return key;
}

static void
keep(struct job_context *w, const struct db_step *claimed, const char *vectors)
{
	const char *params[] = { column(w, claimed, 0), column(w, claimed, 1),
		column(w, claimed, 2), vectors };
	struct db_step step = {
		.sql = SQL("SELECT ops.keep_embeddings($1::bigint[], "
			   "$2::integer[], $3::bigint[], $4::json)"),
		.params = params,
		.nparams = 4,
	};

	if (periodic_tasks_query(w, &step))
		log_info("embeddings parts=%d kept=%s", db_rows(claimed),
		    db_text(&step, 0, 0));
}

/* refused: these texts, rather than all of them. */
static void
give_up(struct job_context *w, const struct db_step *claimed, bool refused)
{
	const char *params[] = { column(w, claimed, 0), column(w, claimed, 1),
		refused ? "t" : "f" };
	struct db_step step = {
		.sql = SQL("SELECT ops.fail_embeddings($1::bigint[], "
			   "$2::integer[], $3::boolean)"),
		.params = params,
		.nparams = 3,
	};

	(void)periodic_tasks_query(w, &step);
}

/* True when there was something to fetch. */
static bool
fetch_some(struct job_context *w)
{
	const char *texts[BATCH], *vectors;
	struct llm_client m = { .config = w->config };
	struct db_step claimed;
	enum llm_status end;
	int n, i;

	if (!claim(w, &claimed) || (n = db_rows(&claimed)) == 0)
		return false;
	for (i = 0; i < n; i++)
		texts[i] = db_text(&claimed, i, 3);
	m.key = key_of(w, &claimed);
	end = llm_embed(w->arena, &m, texts, (size_t)n, FETCH_MS, &vectors);
	if (end == LLM_ANSWERED)
		keep(w, &claimed, vectors);
	else
		give_up(w, &claimed, end == LLM_REFUSED);
	return true;
}

/* True when there is more to be asked for. */
static bool
look_on(struct job_context *w)
{
	const char *params[] = { arena_printf(w->arena, "%d", BACKLOG) };
	struct db_step step = {
		.sql = SQL("SELECT ops.queue_embeddings($1::integer)"),
		.params = params,
		.nparams = 1,
	};

	return periodic_tasks_query(w, &step) && db_bool(&step, 0, 0);
}

/* True when there is more to be done now. */
static bool
work(struct job_context *w)
{
	return *w->config->assistant_url != '\0' &&
	    (fetch_some(w) || look_on(w));
}

void
embeddings_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop rounds = { tell_database, work, ROUND_MS };

	poll_loop_run(&rounds, config, stopping, waiting);
}
