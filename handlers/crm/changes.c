#include <stdlib.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"

#define CHANGES "500"

/* Those that come after one, for whoever asks again and again. */
static enum problem_code
list(struct request *rq, struct response *rs)
{
	const char *params[] = { request_param(rq, "after"),
		request_param(rq, "limit") };
	struct db_step step = {
		.sql =
		    SQL("SELECT ops.changes_after($1::bigint, least("
			"coalesce($2::bigint, " CHANGES "), 1000)::integer)"),
		.params = params,
		.nparams = 2,
	};
	enum problem_code err;

	if (!param_is_whole(params[0], PARAM_BIGINT))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "after", "the number of a change");
	if (!param_is_whole(params[1], PARAM_BIGINT) ||
	    (params[1] != NULL && strtol(params[1], NULL, 10) < 1))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "limit", "a whole number from 1 on");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

/* Where the client is: of EventSource's own header, or of a first call. */
static const char *
place_of(const struct request *rq)
{
	const char *last = rq->headers.last_event_id;

	return *last != '\0' ? last : request_param(rq, "after");
}

/*
 * Lets somebody in, and is done: the connection stays with nginx.  Who has
 * not got all of it yet gets a piece of it, and comes again.
 */
static enum problem_code
stream(struct request *rq, struct response *rs)
{
	const char *last = place_of(rq);
	const char *params[] = { token_hash(rq->arena,
				     rq->key != NULL         ? rq->key
					 : rq->token != NULL ? rq->token
							     : ""),
		rq->key != NULL ? "t" : "f", last,
		*rq->config->feed_socket != '\0' ? "t" : "f" };
	struct db_step step = {
		.sql = SQL("SELECT place, body FROM ops.follow_changes("
			   "$1::bytea, $2::boolean, $3::bigint, $4::boolean)"),
		.params = params,
		.nparams = 4,
	};
	enum problem_code err;

	if (!param_is_whole(last, PARAM_BIGINT))
		return request_fail_field(rq, PROBLEM_MALFORMED,
		    "Last-Event-ID", "the number of a change");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_empty(rs, 200);
	rs->type = "text/event-stream";
	if (db_text(&step, 0, 0) != NULL)
		rs->accel = arena_printf(
		    rq->arena, "/tenantry-feed?%s", db_text(&step, 0, 0));
	else {
		rs->body = db_text(&step, 0, 1);
		rs->body_len = db_len(&step, 0, 1);
	}
	return PROBLEM_NONE;
}

static const struct route routes[] = {
	{ METHOD_GET, "/api/changes", list, SESSION_ORGANIZATION,
	    .summary = "What changed in the organization after a number" },
	{ METHOD_GET, "/api/changes/stream", stream, SESSION_ORGANIZATION,
	    ROUTE_EVENTS, .summary = "The same as server-sent events" },
	{ .action = NULL },
};

const struct module changes_module = { .name = "changes", .routes = routes };
