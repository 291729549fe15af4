/* Organizations: create, update, delete, list, read and activate. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/organization.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "schema/identity/organization.h"

#define AT "/api/auth/organization/"

static action_fn create_organization, check_slug, update_organization,
    delete_organization, list_organizations, set_active, get_organization,
    get_full_organization;

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "slug", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "logo", BODY_STRING, 0 },
	{ "metadata", BODY_RECORD, 0 },
	{ "keepCurrentActiveOrganization", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field slug_body[] = {
	{ "slug", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "data", BODY_RECORD, BODY_REQUIRED },
	{ "data.name", BODY_STRING, BODY_FILLED },
	{ "data.slug", BODY_STRING, BODY_FILLED },
	{ "data.logo", BODY_STRING_OR_NULL, 0 },
	{ "data.metadata", BODY_RECORD, 0 },
	{ "organizationId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field delete_body[] = {
	{ "organizationId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field active_body[] = {
	{ "organizationId", BODY_STRING_OR_NULL, 0 },
	{ "organizationSlug", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	ORGANIZATION_PARAMS,
	{ .name = NULL },
};

static const struct query_param full_params[] = {
	ORGANIZATION_PARAMS,
	{ "membersLimit", PARAM_WHOLE, "the maximum number of members", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "create", create_organization, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401, .body = create_body,
	    .summary = "Create an organization",
	    .returns = "FullOrganization" },
	{ METHOD_POST, AT "check-slug", check_slug, SESSION_USER, ROUTE_BODY,
	    .body = slug_body, .summary = "Check whether a slug is available",
	    .returns = "Status" },
	{ METHOD_POST, AT "update", update_organization, SESSION_USER,
	    ROUTE_BODY, .body = update_body,
	    .summary =
		"Update the name, slug, logo or metadata of an organization",
	    .returns = "Organization" },
	{ METHOD_POST, AT "delete", delete_organization, SESSION_USER,
	    ROUTE_BODY, .body = delete_body,
	    .summary =
		"Delete an organization; it can be restored for some days",
	    .returns = "Organization" },
	{ METHOD_GET, AT "list", list_organizations, SESSION_USER,
	    .summary = "List the organizations of the caller",
	    .returns = "[Organization]" },
	{ METHOD_POST, AT "set-active", set_active, SESSION_USER, ROUTE_BODY,
	    .body = active_body, .summary = "Switch to another organization",
	    .returns = "FullOrganization?" },
	{ METHOD_GET, AT "get-organization", get_organization, SESSION_USER,
	    .params = get_params, .summary = "Get an organization",
	    .returns = "Organization?" },
	{ METHOD_GET, AT "get-full-organization", get_full_organization,
	    SESSION_USER, .params = full_params,
	    .summary = "Get an organization with its members and invitations",
	    .returns = "FullOrganization?" },
	{ .action = NULL },
};

const struct module organizations_module = {
	.name = "organizations",
	.routes = routes,
};

static enum problem_code
create_organization(struct request *rq, struct response *rs)
{
	struct json_object *body, *metadata;
	struct db_step steps[2];
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (rq->config->create_organization == CREATE_ORGANIZATION_OFF)
		return session_refuse(
		    rq, "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION");
	metadata = json_get(body, "metadata", &present);
	steps[0] = identity_admit_founder(rq->arena,
	    .anyone =
		rq->config->create_organization == CREATE_ORGANIZATION_ALL,
	    .limited = rq->config->rate_limit);
	steps[1] = identity_create_organization(rq->arena,
	    .name = json_get_text(body, "name"),
	    .slug = json_get_text(body, "slug"),
	    .logo = json_get_text(body, "logo"),
	    .metadata = present ? json_text(metadata) : NULL,
	    .keep_active =
		json_get_bool(body, "keepCurrentActiveOrganization", false));
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}

static enum problem_code
check_slug(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_check_slug(
		rq->arena, .slug = json_get_text(body, "slug")));
}

static enum problem_code
update_organization(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_update_organization(rq->arena,
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId")),
		.data = json_text(json_get(body, "data", &present))));
}

static enum problem_code
delete_organization(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (!rq->config->delete_organization)
		return session_refuse(rq, "ORGANIZATION_DELETION_DISABLED");
	return answer_write(rq, rs,
	    identity_delete_organization(rq->arena,
		.organization_id = json_get_text(body, "organizationId")));
}

static enum problem_code
list_organizations(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_organizations(rq->arena));
}

/*
 * Activates an organization. If organizationId is null, the active organization
 * is deactivated.
 */
static enum problem_code
set_active(struct request *rq, struct response *rs)
{
	struct db_step step;
	struct json_object *body, *id;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	id = json_get(body, "organizationId", &present);
	step = identity_set_active_organization(rq->arena,
	    .organization_id =
		organization_meant(json_get_text(body, "organizationId")),
	    .slug = organization_meant(json_get_text(body, "organizationSlug")),
	    .clear = present && id == NULL);
	return organization_activate(rq, rs, step);
}

static enum problem_code
get_organization(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_get_organization(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId")),
		.slug =
		    organization_meant(param_text(rq, "organizationSlug"))));
}

static enum problem_code
get_full_organization(struct request *rq, struct response *rs)
{
	const char *members_limit;
	enum problem_code err;

	if ((err = param_number(rq, "membersLimit", &members_limit)) !=
	    PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_full_organization(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId")),
		.slug = organization_meant(param_text(rq, "organizationSlug")),
		.members_limit = members_limit));
}
