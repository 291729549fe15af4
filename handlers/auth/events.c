/* Lists the security events of an account. */

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "schema/identity/event.h"

/* What became of an account: one's own, or any to an operator. */
static enum problem_code
list(struct request *rq, struct response *rs)
{
	const char *before = request_param(rq, "before");
	const char *limit = request_param(rq, "limit");

	if (!param_is_whole(before, PARAM_BIGINT))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "before", "the id of an event");
	if (!param_is_whole(limit, PARAM_BIGINT))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "limit", "a whole number");
	return answer_read(rq, rs,
	    identity_list_events(rq->arena,
		.about = request_param(rq, "user_id"), .before = before,
		.most = param_limit(limit, "1000")));
}

static const struct route routes[] = {
	{ METHOD_GET, "/api/events", list, SESSION_USER,
	    .summary = "What became of one's account, the newest first" },
	{ .action = NULL },
};

const struct module events_module = { .name = "events", .routes = routes };
