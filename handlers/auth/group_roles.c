/* Roles that result from groups at an identity provider. */

#include <json-c/json.h>
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "fcgi/oidc/provider.h"
#include "lib/base/json.h"
#include "schema/identity/group_role.h"

#define RETURNS                                                                \
	"{id:string,provider_id:string,group_name:string,role:string,"         \
	"joins:boolean,created_at:time}"

static action_fn list_group_roles, put_group_role, delete_group_role;

static const struct body_field fields[] = {
	{ "provider_id", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "group_name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "role", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "joins", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/group_roles", list_group_roles, SESSION_ADMIN,
	    .summary =
		"List the roles assigned by groups of identity providers",
	    .returns = "[" RETURNS "]" },
	{ METHOD_POST, "/api/group_roles", put_group_role, SESSION_ADMIN,
	    ROUTE_BODY, .body = fields,
	    .summary = "Create or update the role of a group",
	    .returns = RETURNS },
	{ METHOD_DELETE, "/api/group_roles/{id}", delete_group_role,
	    SESSION_ADMIN, .summary = "Delete the role of a group",
	    .returns = RETURNS },
	{ .action = NULL },
};

const struct module group_roles_module = {
	.name = "group_roles",
	.routes = routes,
};

static enum problem_code
list_group_roles(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_group_roles(rq->arena));
}

static enum problem_code
put_group_role(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	struct provider *p;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	p = provider_find(rq->providers, json_get_text(body, "provider_id"));
	if (p == NULL || p->groups == NULL)
		return request_refuse(rq, "group_provider", "provider_id");
	return answer_write(rq, rs,
	    identity_put_group_role(rq->arena, .provider = p->id,
		.group_name = json_get_text(body, "group_name"),
		.role = json_get_text(body, "role"),
		.joins = json_get_bool(body, "joins", false)));
}

static enum problem_code
delete_group_role(struct request *rq, struct response *rs)
{
	return answer_write(
	    rq, rs, identity_delete_group_role(rq->arena, .row_id = rq->id));
}
