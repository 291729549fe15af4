/* Lists an account's security events. */

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "schema/identity/event.h"

#define EVENTS_MAX "200"

static action_fn list_events;

static const struct query_param list_params[] = {
	{ "user_id", PARAM_TEXT, "the ID of another user, for operators",
	    NULL },
	{ "before", PARAM_WHOLE, "the ID of an event; returns older events",
	    NULL },
	{ "limit", PARAM_WHOLE,
	    "the maximum number of events, from 1 to " EVENTS_MAX, NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/events", list_events, SESSION_USER,
	    .params = list_params,
	    .summary = "List the events of the caller's account, newest first",
	    .returns =
		"[{id:integer,at:time,action:string,user_id:string?,"
		"actor_id:string?,impersonator_id:string?,organization_"
		"id:string?,request_id:string?,address:string?,user_"
		"agent:string?,data:object?,user_name:string?,actor_name:"
		"string?}]" },
	{ .action = NULL },
};

const struct module events_module = { .name = "events", .routes = routes };

/*
 * Lists the events of the caller's account. Operators can list any account's
 * events.
 */
static enum problem_code
list_events(struct request *rq, struct response *rs)
{
	const char *before = param_text(rq, "before");
	enum problem_code err;

	if (!param_is_whole(before, PARAM_BIGINT))
		return request_refuse(rq, "event_id", "before");
	if ((err = param_check_count(rq, "limit", EVENTS_MAX)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_list_events(rq->arena, .about = param_text(rq, "user_id"),
		.before = before, .most = param_text(rq, "limit")));
}
