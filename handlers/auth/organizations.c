#include <json-c/json.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/organization.h"
#include "lib/base/config.h"
#include "lib/base/json.h"

static enum problem_code
create(struct request *rq, struct response *rs)
{
	struct json_object *body, *metadata;
	const char *params[5];
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (!rq->config->create_organization)
		return session_refuse(
		    rq, "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION");
	metadata = json_get(body, "metadata", &present);
	params[0] = json_get_text(body, "name");
	params[1] = json_get_text(body, "slug");
	params[2] = json_get_text(body, "logo");
	params[3] = present ? json_text(metadata) : NULL;
	params[4] = json_get_bool(body, "keepCurrentActiveOrganization", false)
	    ? "t"
	    : "f";
	return organization_write(rq, rs,
	    SQL("SELECT identity.create_organization($1, $2, $3, $4, "
		"$5::boolean)"),
	    params, 5);
}

static enum problem_code
check_slug(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *params[1];
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "slug");
	return organization_read(
	    rq, rs, SQL("SELECT identity.check_slug($1)"), params, 1);
}

static enum problem_code
update(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *params[2];
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = organization_meant(json_get_text(body, "organizationId"));
	params[1] = json_text(json_get(body, "data", &present));
	return organization_write(rq, rs,
	    SQL("SELECT identity.update_organization($1, $2::json)"), params,
	    2);
}

static enum problem_code
delete_one(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *params[1];
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (!rq->config->delete_organization)
		return session_refuse(rq, "ORGANIZATION_DELETION_DISABLED");
	params[0] = json_get_text(body, "organizationId");
	return organization_write(
	    rq, rs, SQL("SELECT identity.delete_organization($1)"), params, 1);
}

static enum problem_code
list(struct request *rq, struct response *rs)
{
	return organization_read(
	    rq, rs, SQL("SELECT identity.list_organizations()"), NULL, 0);
}

/* A null organizationId makes none active. */
static enum problem_code
set_active(struct request *rq, struct response *rs)
{
	const char *params[3];
	struct db_step step = {
		.sql = SQL("SELECT identity.set_active_organization($1, $2, "
			   "$3::boolean)"),
		.params = params,
		.nparams = 3,
		.answer = true,
	};
	struct json_object *body, *id;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	id = json_get(body, "organizationId", &present);
	params[0] = organization_meant(json_get_text(body, "organizationId"));
	params[1] = organization_meant(json_get_text(body, "organizationSlug"));
	params[2] = present && id == NULL ? "t" : "f";
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, "null", 4);
	if (db_text(&step, 0, 0) == NULL) /* and none was active before */
		return PROBLEM_NONE;
	response_json(rs, 200, db_text(&step, 0, 0), db_len(&step, 0, 0));
	response_session(rs, rq, rq->token, rq->remembered);
	return PROBLEM_NONE;
}

static enum problem_code
get_one(struct request *rq, struct response *rs)
{
	const char *params[] = {
		organization_meant(request_param(rq, "organizationId")),
		organization_meant(request_param(rq, "organizationSlug")),
	};

	return organization_read(
	    rq, rs, SQL("SELECT identity.get_organization($1, $2)"), params, 2);
}

static enum problem_code
get_full(struct request *rq, struct response *rs)
{
	const char *params[3];
	enum problem_code err;

	if ((err = param_number(rq, "membersLimit", &params[2])) !=
	    PROBLEM_NONE)
		return err;
	params[0] = organization_meant(request_param(rq, "organizationId"));
	params[1] = organization_meant(request_param(rq, "organizationSlug"));
	return organization_read(rq, rs,
	    SQL("SELECT identity.full_organization($1, $2, $3::integer)"),
	    params, 3);
}

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, true, true },
	{ "slug", BODY_STRING, true, true },
	{ "logo", BODY_STRING, false, false },
	{ "metadata", BODY_RECORD, false, false },
	{ "keepCurrentActiveOrganization", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

static const struct body_field slug_body[] = {
	{ "slug", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "data", BODY_RECORD, true, false },
	{ "data.name", BODY_STRING, false, true },
	{ "data.slug", BODY_STRING, false, true },
	{ "data.logo", BODY_STRING_OR_NULL, false, false },
	{ "data.metadata", BODY_RECORD, false, false },
	{ "organizationId", BODY_STRING, false, false },
	{ .name = NULL },
};

static const struct body_field delete_body[] = {
	{ "organizationId", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct body_field active_body[] = {
	{ "organizationId", BODY_STRING_OR_NULL, false, false },
	{ "organizationSlug", BODY_STRING, false, false },
	{ .name = NULL },
};

#define AT "/api/auth/organization/"

/* Those of the caller, in the dialect of the CRM. */
static const struct column columns[] = {
	{ "id", VALUE_TEXT, 0, NULL },
	{ "name", VALUE_TEXT, 0, NULL },
	{ "slug", VALUE_TEXT, 0, NULL },
	{ "logo", VALUE_TEXT, 0, NULL },
	{ "metadata", VALUE_TEXT, 0, NULL },
	{ "role", VALUE_TEXT, 0, NULL },
	{ "suspended", VALUE_BOOLEAN, 0, NULL },
	{ "created_at", VALUE_TIMESTAMP, 0, NULL },
	{ .name = NULL },
};

static const struct resource own = {
	.name = "organizations",
	.also = "crm/organizations",
	.view = "crm.own_organizations",
	.personal = true,
	.key = "text",
	.verbs = VERB_READ,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&own,
	NULL,
};

static const struct route routes[] = {
	{ METHOD_POST, AT "create", create, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401, .body = create_body,
	    .summary = "Make an organization of one's own" },
	{ METHOD_POST, AT "check-slug", check_slug, SESSION_USER, ROUTE_BODY,
	    .body = slug_body, .summary = "Whether a slug is free" },
	{ METHOD_POST, AT "update", update, SESSION_USER, ROUTE_BODY,
	    .body = update_body,
	    .summary = "Change name, slug, logo or "
		       "metadata" },
	{ METHOD_POST, AT "delete", delete_one, SESSION_USER, ROUTE_BODY,
	    .body = delete_body,
	    .summary = "Delete an organization; it can come back for a while" },
	{ METHOD_GET, AT "list", list, SESSION_USER,
	    .summary = "Organizations of the caller" },
	{ METHOD_POST, AT "set-active", set_active, SESSION_USER, ROUTE_BODY,
	    .body = active_body, .summary = "Act in another organization" },
	{ METHOD_GET, AT "get-organization", get_one, SESSION_USER,
	    .summary = "One organization" },
	{ METHOD_GET, AT "get-full-organization", get_full, SESSION_USER,
	    .summary = "One organization with members and invitations" },
	{ .action = NULL },
};

const struct module organizations_module = {
	.name = "organizations",
	.resources = resources,
	.routes = routes,
};
