#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "body.h"
#include "buf.h"
#include "config.h"
#include "json.h"
#include "param.h"
#include "router.h"
#include "session.h"

/* The text, or NULL where it is missing or empty: then it means nothing. */
static const char *
meant(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static enum problem_code
create_step(struct request *rq, struct db_step *step)
{
	const char **params = arena_array(rq->arena, 5, sizeof *params);
	struct json_object *body, *metadata;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	metadata = json_get(body, "metadata", &present);
	params[0] = json_get_text(body, "name");
	params[1] = json_get_text(body, "slug");
	params[2] = json_get_text(body, "logo");
	params[3] = present ? json_text(metadata) : NULL;
	params[4] = json_get_bool(body, "keepCurrentActiveOrganization", false)
	    ? "t"
	    : "f";
	*step = (struct db_step){
		.sql = SQL("SELECT identity.create_organization($1, $2, $3, "
			   "$4, $5::boolean)"),
		.params = params,
		.nparams = 5,
		.answer = true,
	};
	return PROBLEM_NONE;
}

static enum problem_code
create(struct request *rq, struct response *rs)
{
	struct db_step step;
	enum problem_code err;

	if ((err = create_step(rq, &step)) != PROBLEM_NONE)
		return err;
	err = rq->config->create_organization
	    ? session_write(rq, &step, 1)
	    : session_refuse(
		  rq, "YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_ORGANIZATION");
	if (err == PROBLEM_UNAUTHENTICATED) {
		response_empty(rs, 401); /* nothing more, as the wire has it */
		return PROBLEM_NONE;
	}
	return err != PROBLEM_NONE ? err : response_row(rq, rs, 200, &step);
}

static enum problem_code
list(struct request *rq, struct response *rs)
{
	struct db_step step = {
		.sql = SQL("SELECT identity.list_organizations()"),
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
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
	params[0] = meant(json_get_text(body, "organizationId"));
	params[1] = meant(json_get_text(body, "organizationSlug"));
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
get_full(struct request *rq, struct response *rs)
{
	const char *params[3];
	struct db_step step = {
		.sql = SQL("SELECT identity.full_organization($1, $2, "
			   "$3::integer)"),
		.params = params,
		.nparams = 3,
	};
	enum problem_code err;

	if ((err = param_number(rq, "membersLimit", &params[2])) !=
	    PROBLEM_NONE)
		return err;
	params[0] = meant(request_param(rq, "organizationId"));
	params[1] = meant(request_param(rq, "organizationSlug"));
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

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
list_members(struct request *rq, struct response *rs)
{
	static const char *const directions[] = { "asc", "desc", NULL };
	static const char *const operators[] = { "eq", "ne", "lt", "lte", "gt",
		"gte", "in", "not_in", "contains", "starts_with", "ends_with",
		NULL };
	const char *params[9];
	struct db_step step = {
		.sql = SQL("SELECT identity.list_members($1, $2, $3::integer, "
			   "$4::integer, $5, $6, $7, $8, $9)"),
		.params = params,
		.nparams = 9,
	};
	enum problem_code err;

	if ((err = param_number(rq, "limit", &params[2])) != PROBLEM_NONE ||
	    (err = param_number(rq, "offset", &params[3])) != PROBLEM_NONE ||
	    (err = param_word(rq, "sortDirection", directions, &params[5])) !=
		PROBLEM_NONE ||
	    (err = param_word(rq, "filterOperator", operators, &params[7])) !=
		PROBLEM_NONE)
		return err;
	params[0] = meant(request_param(rq, "organizationId"));
	params[1] = meant(request_param(rq, "organizationSlug"));
	params[4] = request_param(rq, "sortBy");
	params[6] = request_param(rq, "filterField");
	params[8] = filter_value(rq);
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, true, true },
	{ "slug", BODY_STRING, true, true },
	{ "logo", BODY_STRING, false, false },
	{ "metadata", BODY_RECORD, false, false },
	{ "keepCurrentActiveOrganization", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

static const struct body_field active_body[] = {
	{ "organizationId", BODY_STRING_OR_NULL, false, false },
	{ "organizationSlug", BODY_STRING, false, false },
	{ .name = NULL },
};

#define AT "/api/auth/organization/"

static const struct route routes[] = {
	{ METHOD_POST, AT "create", create, SESSION_USER, ROUTE_BODY,
	    .body = create_body,
	    .summary = "Make an organization of one's own" },
	{ METHOD_GET, AT "list", list, SESSION_USER,
	    .summary = "Organizations of the caller" },
	{ METHOD_POST, AT "set-active", set_active, SESSION_USER, ROUTE_BODY,
	    .body = active_body, .summary = "Act in another organization" },
	{ METHOD_GET, AT "get-full-organization", get_full, SESSION_USER,
	    .summary = "One organization with members and invitations" },
	{ METHOD_GET, AT "list-members", list_members, SESSION_USER,
	    .summary = "Members of an organization" },
	{ .action = NULL },
};

const struct module organizations_module = {
	.name = "organizations",
	.routes = routes,
};
