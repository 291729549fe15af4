/* Process that downloads pictures of contacts and companies. */

#include <stdlib.h>
#include <string.h>

#include "jobs/download.h"
#include "jobs/periodic_tasks.h"
#include "jobs/pictures.h"
#include "jobs/poll_loop.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/ops/picture.h"

#define ROUND_MS 5000 /* between two looks when nothing is to be done */
#define TRIES    4    /* until somebody who does not answer is passed over */

/* What is to be fetched, as ops.claim_picture() says it. */
struct wish {
	const char *id;
	const char *attempt;
	const char *version;
	char *keys;    /* "gravatar/... favicon/..." in the order of choice */
	bool last_try; /* who does not answer now has no picture */
};

static bool
tell_database(struct job_context *w)
{
	struct db_step step =
	    ops_switch_pictures(w->arena, .wanted = w->config->pictures);

	return periodic_tasks_query(w, &step);
}

static const char *
address_of(struct job_context *w, const char *key)
{
	const char *name = strchr(key, '/') + 1;

	if (strncmp(key, "gravatar/", 9) == 0)
		return arena_printf(
		    w->arena, "%s/%s?d=404", w->config->gravatar_url, name);
	return arena_printf(w->arena, "%s/%s", w->config->favicon_url, name);
}

/* What a browser shows as a picture and nothing else. */
static enum download_end
fetch_picture(struct job_context *w, const char *key, struct download *got,
    const struct file_type **kind)
{
	enum download_end end = download(
	    w->arena, address_of(w, key), w->config->private_pictures, got);

	if (end != DOWNLOAD_FOUND)
		return end;
	*kind = sniff(
	    got->bytes, got->len < SNIFF_LEN ? got->len : SNIFF_LEN, NULL);
	return got->len > 0 && (*kind)->picture ? DOWNLOAD_FOUND
						: DOWNLOAD_MISSING;
}

static bool
keep(struct job_context *w, const struct wish *wish, const struct download *got,
    const struct file_type *kind, const char *missing)
{
	const char *name = store_name(w->arena, kind->extension);
	struct db_step step =
	    ops_keep_picture(w->arena, .id = wish->id, .attempt = wish->attempt,
		.version = wish->version, .name = name, .type = kind->name,
		.bytes = base64_encode(w->arena, got->bytes, got->len),
		.quota = arena_printf(w->arena, "%ld", w->config->upload_quota),
		.url = arena_printf(
		    w->arena, "%s/uploads/%s", w->config->base_url, name),
		.missing = missing);

	if (!periodic_tasks_query(w, &step))
		return false;
	log_info("picture bytes=%zu kept=%s", got->len,
	    db_bool(&step, 0, 0) ? "yes" : "no");
	return true;
}

/* Without a picture: missing, an array of keys, is remembered. */
static bool
give_up(struct job_context *w, const struct wish *wish, const char *missing,
    bool again)
{
	struct db_step step = ops_end_picture(w->arena, .id = wish->id,
	    .attempt = wish->attempt, .missing = missing,
	    .again = again ? arena_printf(w->arena, "%ld minutes",
				 strtol(wish->attempt, NULL, 10) * 5)
			   : NULL);

	return periodic_tasks_query(w, &step);
}

/* Those of the keys that lead nowhere, as an array of Postgres. */
static const char *
array_of(struct buf *missing)
{
	return arena_printf(missing->arena, "{%s}", missing->data);
}

static bool
grant(struct job_context *w, const struct wish *wish)
{
	const struct file_type *kind = NULL;
	struct download got = { 0 };
	enum download_end end;
	struct buf missing;
	char *key, *rest = NULL;

	buf_init(&missing, w->arena);
	for (key = strtok_r(wish->keys, " ", &rest); key != NULL;
	     key = strtok_r(NULL, " ", &rest)) {
		end = fetch_picture(w, key, &got, &kind);
		if (end == DOWNLOAD_FOUND)
			return keep(w, wish, &got, kind, array_of(&missing));
		if (end == DOWNLOAD_MISSING)
			buf_printf(
			    &missing, "%s%s", missing.len > 0 ? "," : "", key);
		else if (!wish->last_try)
			return give_up(w, wish, array_of(&missing), true);
	}
	return give_up(w, wish, array_of(&missing), false);
}

/* True when there was one, and so there may be another. */
static bool
grant_next(struct job_context *w)
{
	struct db_step claim =
	    ops_claim_picture(w->arena, .lease = "5 minutes");
	struct wish wish;

	if (!periodic_tasks_query(w, &claim) || db_rows(&claim) == 0)
		return false;
	wish.id = db_text(&claim, 0, CLAIM_PICTURE_ID);
	wish.attempt = db_text(&claim, 0, CLAIM_PICTURE_ATTEMPT);
	wish.version = db_text(&claim, 0, CLAIM_PICTURE_VERSION);
	wish.keys =
	    arena_strndup(w->arena, db_text(&claim, 0, CLAIM_PICTURE_KEYS),
		db_len(&claim, 0, CLAIM_PICTURE_KEYS));
	wish.last_try = strtol(wish.attempt, NULL, 10) >= TRIES;
	return grant(w, &wish);
}

static bool
work(struct job_context *w)
{
	return w->config->pictures && grant_next(w);
}

void
pictures_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop rounds = { tell_database, work, ROUND_MS };

	poll_loop_run(&rounds, config, stopping, waiting);
}
