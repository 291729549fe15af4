/* Members of an organization: list, remove, change role, and leave. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "handlers/auth/organization.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "schema/identity/member.h"
#include "schema/identity/role.h"

#define AT "/api/auth/organization/"

static action_fn list_members, remove_member, update_member_role,
    leave_organization, get_active_member, get_member_role, has_permission;

static const struct body_field remove_body[] = {
	{ "memberIdOrEmail", BODY_STRING, BODY_REQUIRED },
	{ "organizationId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field role_body[] = {
	{ "role", BODY_ROLE, BODY_REQUIRED },
	{ "memberId", BODY_STRING, BODY_REQUIRED },
	{ "organizationId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field leave_body[] = {
	{ "organizationId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field permission_body[] = {
	{ "organizationId", BODY_STRING, 0 },
	{ "permission", BODY_PERMISSION, 0 },
	{ "permissions", BODY_PERMISSION, 0 },
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	ORGANIZATION_PARAMS,
	BETTER_AUTH_LIST_PARAMS,
	{ .name = NULL },
};

static const struct query_param role_params[] = {
	{ "userId", PARAM_TEXT,
	    "the ID of another member (default: the caller)", NULL },
	ORGANIZATION_PARAMS,
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT "list-members", list_members, SESSION_USER,
	    .params = list_params,
	    .summary = "List the members of an organization",
	    .returns = "{members:[Member],total:integer}" },
	{ METHOD_POST, AT "remove-member", remove_member, SESSION_USER,
	    ROUTE_BODY, .body = remove_body, .summary = "Remove a member",
	    .returns = "{member:Member}" },
	{ METHOD_POST, AT "update-member-role", update_member_role,
	    SESSION_USER, ROUTE_BODY, .body = role_body,
	    .summary = "Change the roles of a member", .returns = "Member" },
	{ METHOD_POST, AT "leave", leave_organization, SESSION_USER, ROUTE_BODY,
	    .body = leave_body, .summary = "Leave an organization",
	    .returns = "Member" },
	{ METHOD_GET, AT "get-active-member", get_active_member, SESSION_USER,
	    .summary = "Get the caller's membership", .returns = "Member" },
	{ METHOD_GET, AT "get-active-member-role", get_member_role,
	    SESSION_USER, .params = role_params,
	    .summary = "Get the roles of the caller or of another member",
	    .returns = "{role:string}" },
	{ METHOD_POST, AT "has-permission", has_permission, SESSION_USER,
	    ROUTE_BODY, .body = permission_body,
	    .summary = "Check whether the caller has all of these permissions",
	    .returns = "Permission" },
	{ .action = NULL },
};

const struct module members_module = {
	.name = "members",
	.routes = routes,
};

/*
 * Returns the value to filter by. A list for the operator "in" is a repeated
 * parameter.
 */
static const char *
filter_value(struct request *rq)
{
	struct buf b;
	size_t i, n = 0;

	buf_init(&b, rq->arena);
	for (i = 0; i < rq->nparams; i++)
		if (strcmp(rq->params[i].name, "filterValue") == 0)
			buf_printf(&b, "%s%s", n++ > 0 ? "," : "",
			    rq->params[i].value);
	return n > 0 ? b.data : NULL;
}

static enum problem_code
list_members(struct request *rq, struct response *rs)
{
	const char *member_limit, *member_offset, *sort_direction,
	    *filter_operator;
	enum problem_code err;

	if ((err = param_number(rq, "limit", &member_limit)) != PROBLEM_NONE ||
	    (err = param_number(rq, "offset", &member_offset)) !=
		PROBLEM_NONE ||
	    (err = param_word(rq, "sortDirection", &sort_direction)) !=
		PROBLEM_NONE ||
	    (err = param_word(rq, "filterOperator", &filter_operator)) !=
		PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_list_members(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId")),
		.slug = organization_meant(param_text(rq, "organizationSlug")),
		.member_limit = member_limit, .member_offset = member_offset,
		.sort_by = param_text(rq, "sortBy"),
		.sort_direction = sort_direction,
		.filter_field = param_text(rq, "filterField"),
		.filter_operator = filter_operator,
		.filter_value = filter_value(rq)));
}

static enum problem_code
remove_member(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_remove_member(rq->arena,
		.member_id_or_email = json_get_text(body, "memberIdOrEmail"),
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId"))));
}

static enum problem_code
update_member_role(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_update_member_role(rq->arena,
		.member_id = json_get_text(body, "memberId"),
		.roles = body_roles(rq, body, "role"),
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId"))));
}

static enum problem_code
leave_organization(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_leave_organization(rq->arena,
		.organization_id = json_get_text(body, "organizationId")));
}

static enum problem_code
get_active_member(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_active_member(rq->arena));
}

static enum problem_code
get_member_role(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_member_role(rq->arena,
		.user_id = organization_meant(param_text(rq, "userId")),
		.organization_id =
		    organization_meant(param_text(rq, "organizationId")),
		.slug =
		    organization_meant(param_text(rq, "organizationSlug"))));
}

/*
 * Checks permissions. The former member "permission" is accepted, but grants
 * nothing.
 */
static enum problem_code
has_permission(struct request *rq, struct response *rs)
{
	struct json_object *body, *permissions;
	bool present, former;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	json_get(body, "permission", &former);
	permissions = json_get(body, "permissions", &present);
	if (present && former)
		return request_fail(rq, PROBLEM_INVALID,
		    "[body] Invalid input: more than one option matched");
	if (!present && !former)
		return request_fail(
		    rq, PROBLEM_INVALID, "[body] Invalid input");
	return answer_read(rq, rs,
	    identity_has_permission(rq->arena,
		.permissions = present ? json_text(permissions) : NULL,
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId"))));
}
