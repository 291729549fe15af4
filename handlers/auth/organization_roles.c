/* An organization's custom roles. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "handlers/auth/organization.h"
#include "lib/base/json.h"
#include "schema/identity/role.h"

#define AT "/api/auth/organization/"

static action_fn create_role, update_role, delete_role, list_roles, get_role;

static const struct body_field create_body[] = {
	{ "organizationId", BODY_STRING, 0 },
	{ "role", BODY_STRING, BODY_REQUIRED },
	{ "permission", BODY_PERMISSION, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "organizationId", BODY_STRING, 0 },
	{ "data", BODY_RECORD, BODY_REQUIRED },
	{ "data.permission", BODY_PERMISSION, 0 },
	{ "data.roleName", BODY_STRING, 0 },
	{ "roleName", BODY_STRING, 0 },
	{ "roleId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field delete_body[] = {
	{ "organizationId", BODY_STRING, 0 },
	{ "roleName", BODY_STRING, 0 },
	{ "roleId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	ORGANIZATION_PARAM,
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	{ "roleName", PARAM_TEXT, "the name of a role", NULL },
	{ "roleId", PARAM_TEXT, "the ID of a role, instead of its name", NULL },
	ORGANIZATION_PARAM,
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "create-role", create_role, SESSION_USER, ROUTE_BODY,
	    .body = create_body, .summary = "Create a custom role",
	    .returns =
		"{success:boolean,roleData:Role,statements:{*:[string]}}" },
	{ METHOD_POST, AT "update-role", update_role, SESSION_USER, ROUTE_BODY,
	    .body = update_body, .summary = "Update the permissions of a role",
	    .returns = "{success:boolean,roleData:Role}" },
	{ METHOD_POST, AT "delete-role", delete_role, SESSION_USER, ROUTE_BODY,
	    .body = delete_body, .summary = "Delete a role that no member has",
	    .returns = "Success" },
	{ METHOD_GET, AT "list-roles", list_roles, SESSION_USER,
	    .params = list_params,
	    .summary = "List the custom roles of an organization",
	    .returns = "[Role]" },
	{ METHOD_GET, AT "get-role", get_role, SESSION_USER,
	    .params = get_params, .summary = "Get a role", .returns = "Role" },
	{ .action = NULL },
};

const struct module organization_roles_module = {
	.name = "organization_roles",
	.routes = routes,
};

static enum problem_code
create_role(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_create_role(rq->arena,
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId")),
		.role = json_get_text(body, "role"),
		.permission =
		    json_text(json_get(body, "permission", &present))));
}

/* Reads a role's name or id. */
static enum problem_code
read_role(struct request *rq, struct json_object *body, const char **name,
    const char **id)
{
	*name = organization_meant(json_get_text(body, "roleName"));
	*id = organization_meant(json_get_text(body, "roleId"));
	if (*name == NULL && *id == NULL)
		return request_fail(
		    rq, PROBLEM_INVALID, "[body] Invalid input");
	return PROBLEM_NONE;
}

static enum problem_code
update_role(struct request *rq, struct response *rs)
{
	const char *role_name, *role_id;
	struct json_object *body, *data, *permission;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_role(rq, body, &role_name, &role_id)) != PROBLEM_NONE)
		return err;
	data = json_get(body, "data", &present);
	permission = json_get(data, "permission", &present);
	return answer_write(rq, rs,
	    identity_update_role(rq->arena,
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId")),
		.role_name = role_name, .role_id = role_id,
		.new_name = organization_meant(json_get_text(data, "roleName")),
		.permission = present ? json_text(permission) : NULL));
}

static enum problem_code
delete_role(struct request *rq, struct response *rs)
{
	const char *role_name, *role_id;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_role(rq, body, &role_name, &role_id)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_delete_role(rq->arena,
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId")),
		.role_name = role_name, .role_id = role_id));
}

static enum problem_code
list_roles(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_list_roles(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId"))));
}

static enum problem_code
get_role(struct request *rq, struct response *rs)
{
	const char *name = organization_meant(param_text(rq, "roleName"));
	const char *id = organization_meant(param_text(rq, "roleId"));

	if (name == NULL && id == NULL)
		return request_fail(
		    rq, PROBLEM_INVALID, "[query] Invalid input");
	return answer_read(rq, rs,
	    identity_get_role(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId")),
		.role_name = name, .role_id = id));
}
