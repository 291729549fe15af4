#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "handlers/auth/organization.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/* A list for "in" comes as one parameter that is given again and again. */
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
list(struct request *rq, struct response *rs)
{
	static const char *const directions[] = { "asc", "desc", NULL };
	static const char *const operators[] = { "eq", "ne", "lt", "lte", "gt",
		"gte", "in", "not_in", "contains", "starts_with", "ends_with",
		NULL };
	const char *params[9];
	enum problem_code err;

	if ((err = param_number(rq, "limit", &params[2])) != PROBLEM_NONE ||
	    (err = param_number(rq, "offset", &params[3])) != PROBLEM_NONE ||
	    (err = param_word(rq, "sortDirection", directions, &params[5])) !=
		PROBLEM_NONE ||
	    (err = param_word(rq, "filterOperator", operators, &params[7])) !=
		PROBLEM_NONE)
		return err;
	params[0] = organization_meant(request_param(rq, "organizationId"));
	params[1] = organization_meant(request_param(rq, "organizationSlug"));
	params[4] = request_param(rq, "sortBy");
	params[6] = request_param(rq, "filterField");
	params[8] = filter_value(rq);
	return organization_read(rq, rs,
	    SQL("SELECT identity.list_members($1, $2, $3::integer, "
		"$4::integer, $5, $6, $7, $8, $9)"),
	    params, 9);
}

static enum problem_code
remove_one(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *params[2];
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "memberIdOrEmail");
	params[1] = organization_meant(json_get_text(body, "organizationId"));
	return organization_write(
	    rq, rs, SQL("SELECT identity.remove_member($1, $2)"), params, 2);
}

static enum problem_code
update_role(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *params[3];
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "memberId");
	params[1] = body_roles(rq, body, "role");
	params[2] = organization_meant(json_get_text(body, "organizationId"));
	return organization_write(rq, rs,
	    SQL("SELECT identity.update_member_role($1, $2, $3)"), params, 3);
}

static enum problem_code
leave(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *params[1];
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "organizationId");
	return organization_write(
	    rq, rs, SQL("SELECT identity.leave_organization($1)"), params, 1);
}

static enum problem_code
get_active(struct request *rq, struct response *rs)
{
	return organization_read(
	    rq, rs, SQL("SELECT identity.active_member()"), NULL, 0);
}

static enum problem_code
get_active_role(struct request *rq, struct response *rs)
{
	const char *params[] = {
		organization_meant(request_param(rq, "userId")),
		organization_meant(request_param(rq, "organizationId")),
		organization_meant(request_param(rq, "organizationSlug")),
	};

	return organization_read(
	    rq, rs, SQL("SELECT identity.member_role($1, $2, $3)"), params, 3);
}

/* Under its former name the record is taken, and grants nothing. */
static enum problem_code
has_permission(struct request *rq, struct response *rs)
{
	struct json_object *body, *permissions;
	bool present, former;
	const char *params[2];
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
	params[0] = present ? json_text(permissions) : NULL;
	params[1] = organization_meant(json_get_text(body, "organizationId"));
	return organization_read(rq, rs,
	    SQL("SELECT identity.has_permission($1::json, $2)"), params, 2);
}

static const struct body_field remove_body[] = {
	{ "memberIdOrEmail", BODY_STRING, true, false },
	{ "organizationId", BODY_STRING, false, false },
	{ .name = NULL },
};

static const struct body_field role_body[] = {
	{ "role", BODY_ROLE, true, false },
	{ "memberId", BODY_STRING, true, false },
	{ "organizationId", BODY_STRING, false, false },
	{ .name = NULL },
};

static const struct body_field leave_body[] = {
	{ "organizationId", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct body_field permission_body[] = {
	{ "organizationId", BODY_STRING, false, false },
	{ "permission", BODY_PERMISSION, false, false },
	{ "permissions", BODY_PERMISSION, false, false },
	{ .name = NULL },
};

#define AT "/api/auth/organization/"

static const struct route routes[] = {
	{ METHOD_GET, AT "list-members", list, SESSION_USER,
	    .summary = "Members of an organization" },
	{ METHOD_POST, AT "remove-member", remove_one, SESSION_USER, ROUTE_BODY,
	    .body = remove_body, .summary = "Take somebody out" },
	{ METHOD_POST, AT "update-member-role", update_role, SESSION_USER,
	    ROUTE_BODY, .body = role_body, .summary = "Give other roles" },
	{ METHOD_POST, AT "leave", leave, SESSION_USER, ROUTE_BODY,
	    .body = leave_body, .summary = "Leave an organization" },
	{ METHOD_GET, AT "get-active-member", get_active, SESSION_USER,
	    .summary = "The caller as a member" },
	{ METHOD_GET, AT "get-active-member-role", get_active_role,
	    SESSION_USER, .summary = "Roles of the caller or another member" },
	{ METHOD_POST, AT "has-permission", has_permission, SESSION_USER,
	    ROUTE_BODY, .body = permission_body,
	    .summary = "Whether the caller may do all of that" },
	{ .action = NULL },
};

const struct module members_module = {
	.name = "members",
	.routes = routes,
};
