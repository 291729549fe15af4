/* The resource shares: rows that are shared with a user or a team. */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"

static enum problem_code
check_share(struct request *rq, const char *id, struct json_object *body)
{
	struct json_object *user = NULL, *team = NULL;
	bool creates =
	    id == NULL && json_object_object_get_ex(body, "resource", NULL);

	(void)json_object_object_get_ex(body, "user_id", &user);
	(void)json_object_object_get_ex(body, "team_id", &team);
	if (creates && (user == NULL) == (team == NULL))
		return request_fail_field(rq, PROBLEM_INVALID, "user_id",
		    "name either a user or a team");
	return PROBLEM_NONE;
}

static const struct resource_hooks hooks[] = {
	{ "shares", .check = check_share },
	{ .resource = NULL },
};

const struct module shares_module = {
	.name = "shares",
	.hooks = hooks,
};
