/* The shares resource: rows that are shared with a user or a team. */

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
		return request_refuse(rq, "user_or_team", "user_id");
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
