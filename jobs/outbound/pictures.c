/* The process that downloads pictures of contacts and companies. */

#include <stdlib.h>
#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/outbound/download.h"
#include "jobs/outbound/pictures.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/ops/picture.h"

#define ROUND_MS 5000 /* milliseconds; pause if there are no requests */
/* Attempts before skipping a server that does not respond. */
#define TRIES 4

/* A picture to fetch, from ops.claim_picture(). */
struct picture_request {
	const char *id;
	const char *attempt;
	const char *version;
	char *keys;    /* "gravatar/... favicon/...", preferred first */
	bool last_try; /* a missing response now means no picture */
};

static bool
switch_pictures(struct job_context *w)
{
	struct db_step step =
	    ops_switch_pictures(w->arena, .wanted = w->config->pictures);

	return periodic_tasks_query(w, &step);
}

static const char *
picture_url(struct job_context *w, const char *key)
{
	const char *name = strchr(key, '/') + 1;

	if (strncmp(key, "gravatar/", 9) == 0)
		return arena_printf(
		    w->arena, "%s/%s?d=404", w->config->gravatar_url, name);
	return arena_printf(w->arena, "%s/%s", w->config->favicon_url, name);
}

/* Accepts only types that browsers show as pictures. */
static enum download_end
fetch_picture(struct job_context *w, const char *key, struct download *got,
    const struct file_type **kind)
{
	enum download_end end = download(
	    w->arena, picture_url(w, key), w->config->private_pictures, got);

	if (end != DOWNLOAD_FOUND)
		return end;
	*kind = sniff(
	    got->bytes, got->len < SNIFF_LEN ? got->len : SNIFF_LEN, NULL);
	return got->len > 0 && (*kind)->picture ? DOWNLOAD_FOUND
						: DOWNLOAD_MISSING;
}

static bool
store_picture(struct job_context *w, const struct picture_request *request,
    const struct download *got, const struct file_type *kind,
    const char *missing)
{
	const char *name = store_name(w->arena, kind->extension);
	struct db_step step = ops_keep_picture(w->arena, .id = request->id,
	    .attempt = request->attempt, .version = request->version,
	    .name = name, .type = kind->name,
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

/* Ends a request without a picture. missing is an array of keys to skip. */
static bool
end_request(struct job_context *w, const struct picture_request *request,
    const char *missing, bool again)
{
	struct db_step step = ops_end_picture(w->arena, .id = request->id,
	    .attempt = request->attempt, .missing = missing,
	    .again = again ? arena_printf(w->arena, "%ld minutes",
				 strtol(request->attempt, NULL, 10) * 5)
			   : NULL);

	return periodic_tasks_query(w, &step);
}

/* Returns the keys without a picture, as a Postgres array. */
static const char *
missing_keys(struct buf *missing)
{
	return arena_printf(missing->arena, "{%s}", missing->data);
}

static bool
fetch_first(struct job_context *w, const struct picture_request *request)
{
	const struct file_type *kind = NULL;
	struct download got = { 0 };
	enum download_end end;
	struct buf missing;
	char *key, *rest = NULL;

	buf_init(&missing, w->arena);
	for (key = strtok_r(request->keys, " ", &rest); key != NULL;
	     key = strtok_r(NULL, " ", &rest)) {
		end = fetch_picture(w, key, &got, &kind);
		if (end == DOWNLOAD_FOUND)
			return store_picture(
			    w, request, &got, kind, missing_keys(&missing));
		if (end == DOWNLOAD_MISSING)
			buf_printf(
			    &missing, "%s%s", missing.len > 0 ? "," : "", key);
		else if (!request->last_try)
			return end_request(
			    w, request, missing_keys(&missing), true);
	}
	return end_request(w, request, missing_keys(&missing), false);
}

/*
 * Fetches the next picture. Returns true if there was a request, because there
 * may be more.
 */
static bool
fetch_next(struct job_context *w)
{
	struct db_step claim =
	    ops_claim_picture(w->arena, .lease = "5 minutes");
	struct picture_request request;

	if (!periodic_tasks_query(w, &claim) || db_rows(&claim) == 0)
		return false;
	request.id = db_text(&claim, 0, CLAIM_PICTURE_ID);
	request.attempt = db_text(&claim, 0, CLAIM_PICTURE_ATTEMPT);
	request.version = db_text(&claim, 0, CLAIM_PICTURE_VERSION);
	request.keys =
	    arena_strndup(w->arena, db_text(&claim, 0, CLAIM_PICTURE_KEYS),
		db_len(&claim, 0, CLAIM_PICTURE_KEYS));
	request.last_try = strtol(request.attempt, NULL, 10) >= TRIES;
	return fetch_first(w, &request);
}

static bool
fetch_if_enabled(struct job_context *w)
{
	return w->config->pictures && fetch_next(w);
}

void
pictures_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop loop = { switch_pictures, fetch_if_enabled,
		ROUND_MS };

	poll_loop_run(&loop, config, stopping, waiting);
}
