#include <string.h>

#include "router.h"
#include "session.h"

/* True for what SQL takes as a bigint, or for nothing at all. */
static bool
whole(const char *s)
{
	return s == NULL ||
	    (*s != '\0' && strlen(s) <= 16 &&
		strspn(s, "0123456789") == strlen(s));
}

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

	if (!whole(params[1]))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "before", "the id of an event");
	if (!whole(params[2]))
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
