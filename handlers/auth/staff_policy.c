/* An organization's policy for the sessions of its staff. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "schema/identity/staff_session.h"

#define RETURNS                                                                \
	"{idle_minutes:integer?,max_minutes:integer?,second_factor:boolean}"

static action_fn get_policy, set_policy;

static const struct body_field policy_body[] = {
	{ "idle_minutes", BODY_WHOLE_OR_NULL, 0 },
	{ "max_minutes", BODY_WHOLE_OR_NULL, 0 },
	{ "second_factor", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/staff_policy", get_policy, SESSION_ADMIN,
	    .summary =
		"Get the rules for the sessions of the organization's staff",
	    .returns = RETURNS },
	{ METHOD_PATCH, "/api/staff_policy", set_policy, SESSION_ADMIN,
	    ROUTE_BODY, .body = policy_body,
	    .summary =
		"Update the rules for the sessions of the organization's "
		"staff",
	    .returns = RETURNS },
	{ .action = NULL },
};

const struct module staff_policy_module = {
	.name = "staff_policy",
	.routes = routes,
};

static enum problem_code
get_policy(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_get_staff_policy(rq->arena));
}

static enum problem_code
set_policy(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_set_staff_policy(rq->arena, .token_hash = session_hash(rq),
		.body = json_text(body)));
}
