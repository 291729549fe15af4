/* The planned maintenance window, which anyone can read. */

#include <string.h>
#include <time.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "schema/ops/maintenance.h"

static action_fn get_maintenance;

/*
 * The window as this worker last read it. Every open page requests the window,
 * so a worker reads it from the database at most once in KEEP_MS.
 */
static struct {
	char json[8192]; /* a message has at most 500 characters */
	int64_t read_at;
} kept;

static const struct route routes[] = {
	{ METHOD_GET, "/api/maintenance", get_maintenance,
	    .summary = "Get the planned or current maintenance",
	    .returns = "{window:{id:integer,starts_at:time,ends_at:time,"
		       "message:string,state:string}?,server_time:time}" },
	{ .action = NULL },
};

const struct module maintenance_module = {
	.name = "maintenance",
	.routes = routes,
};

#define KEEP_MS 15000

/*
 * Returns the current window as JSON, or the window that was last read if the
 * database is unavailable. On any other error, records the problem and returns
 * NULL.
 */
static const char *
read_window(struct request *rq)
{
	struct db_step step = ops_show_maintenance(rq->arena);
	int64_t now = clock_ms();

	if (*kept.json != '\0' && now - kept.read_at < KEEP_MS)
		return kept.json;
	if (session_read(rq, &step, 1) != PROBLEM_NONE)
		return *kept.json != '\0' ? kept.json : NULL;
	if (db_len(&step, 0, 0) >= sizeof kept.json)
		return db_text(&step, 0, 0);
	memcpy(kept.json, db_text(&step, 0, 0), db_len(&step, 0, 0) + 1);
	kept.read_at = now;
	return kept.json;
}

static const char *
server_time(struct arena *a)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return "";
	return arena_strdup(a, text);
}

/*
 * Responds with the window. The ETag is weak because it does not cover the
 * server's time.
 */
static enum problem_code
get_maintenance(struct request *rq, struct response *rs)
{
	const char *window = read_window(rq), *etag, *body;

	if (window == NULL)
		return rq->problem.code;
	etag = arena_printf(rq->arena, "W/\"%s\"",
	    token_mac_url(rq->arena, rq->config->secret, window));
	body = arena_printf(rq->arena, "{\"window\":%s,\"server_time\":\"%s\"}",
	    window, server_time(rq->arena));
	answer_unless_known(rq, rs, etag, body, strlen(body));
	rs->cache = "public, max-age=15";
	return PROBLEM_NONE;
}
