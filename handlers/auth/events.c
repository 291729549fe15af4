#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"

/* What became of an account: one's own, or any to an operator. */
static enum problem_code
list(struct request *rq, struct response *rs)
{
	const char *params[] = { request_param(rq, "user_id"),
		request_param(rq, "before"), request_param(rq, "limit") };
	struct db_step step = {
		.sql = SQL("SELECT identity.list_events($1, $2::bigint, "
			   "least($3::bigint, 1000)::integer)"),
		.params = params,
		.nparams = 3,
	};
	enum problem_code err;

	if (!param_is_whole(params[1], PARAM_BIGINT))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "before", "the id of an event");
	if (!param_is_whole(params[2], PARAM_BIGINT))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "limit", "a whole number");
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct route routes[] = {
	{ METHOD_GET, "/api/events", list, SESSION_USER,
	    .summary = "What became of one's account, the newest first" },
	{ .action = NULL },
};

const struct module events_module = { .name = "events", .routes = routes };
