/*
 * An organization's teams: create, move, remove, activate, and their members.
 */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/organization.h"
#include "lib/base/json.h"
#include "schema/identity/team.h"

#define AT "/api/auth/organization/"

static action_fn create_team, update_team, remove_team, list_teams,
    set_active_team, list_user_teams, list_team_members, add_team_member,
    remove_team_member;

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "organizationId", BODY_STRING, 0 },
	{ "parentId", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "teamId", BODY_STRING, BODY_REQUIRED },
	{ "data", BODY_OBJECT, BODY_REQUIRED },
	{ "data.name", BODY_STRING, BODY_FILLED },
	{ "data.organizationId", BODY_STRING, 0 },
	{ "data.parentId", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct body_field remove_body[] = {
	{ "teamId", BODY_STRING, BODY_REQUIRED },
	{ "organizationId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field active_body[] = {
	{ "teamId", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct body_field member_body[] = {
	{ "teamId", BODY_STRING, BODY_REQUIRED },
	{ "userId", BODY_STRING, BODY_REQUIRED },
	{ "organizationId", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	ORGANIZATION_PARAM,
	{ .name = NULL },
};

static const struct query_param user_params[] = {
	{ "userId", PARAM_TEXT,
	    "the ID of another member (default: the caller)", NULL },
	{ "organizationId", PARAM_TEXT,
	    "the ID of an organization (default: all of the caller, or "
	    "the active one for another member)",
	    NULL },
	{ .name = NULL },
};

static const struct query_param member_params[] = {
	{ "teamId", PARAM_TEXT, "the ID of a team (default: the active team)",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "create-team", create_team, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401, .body = create_body,
	    .summary = "Create a team", .returns = "Team" },
	{ METHOD_POST, AT "update-team", update_team, SESSION_USER, ROUTE_BODY,
	    .body = update_body,
	    .summary = "Rename a team, or move it below another team",
	    .returns = "Team" },
	{ METHOD_POST, AT "remove-team", remove_team, SESSION_USER,
	    ROUTE_BODY | ROUTE_BARE_401, .body = remove_body,
	    .summary = "Delete a team; the teams below it move up",
	    .returns = "{message:string}" },
	{ METHOD_GET, AT "list-teams", list_teams, SESSION_USER,
	    .params = list_params,
	    .summary = "List the teams of an organization",
	    .returns = "[Team]" },
	{ METHOD_POST, AT "set-active-team", set_active_team, SESSION_USER,
	    ROUTE_BODY, .body = active_body,
	    .summary = "Switch to another team", .returns = "Team?" },
	{ METHOD_GET, AT "list-user-teams", list_user_teams, SESSION_USER,
	    .params = user_params,
	    .summary = "List the teams of the caller or of another member",
	    .returns = "[Team]" },
	{ METHOD_GET, AT "list-team-members", list_team_members, SESSION_USER,
	    .params = member_params, .summary = "List the members of a team",
	    .returns = "[TeamMember]" },
	{ METHOD_POST, AT "add-team-member", add_team_member, SESSION_USER,
	    ROUTE_BODY, .body = member_body,
	    .summary = "Add a member of the organization to a team",
	    .returns = "TeamMember" },
	{ METHOD_POST, AT "remove-team-member", remove_team_member,
	    SESSION_USER, ROUTE_BODY, .body = member_body,
	    .summary = "Remove a member from a team",
	    .returns = "{message:string}" },
	{ .action = NULL },
};

const struct module teams_module = {
	.name = "teams",
	.routes = routes,
};

static enum problem_code
create_team(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_create_team(rq->arena,
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId")),
		.name = json_get_text(body, "name"),
		.parent_id =
		    organization_meant(json_get_text(body, "parentId"))));
}

/*
 * Updates a team. data.organizationId selects the organization and does not
 * change it.
 */
static enum problem_code
update_team(struct request *rq, struct response *rs)
{
	struct json_object *body, *data;
	enum problem_code err;
	bool present, moves;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	data = json_get(body, "data", &present);
	json_get(data, "parentId", &moves);
	return answer_write(rq, rs,
	    identity_update_team(rq->arena,
		.team_id = json_get_text(body, "teamId"),
		.organization_id =
		    organization_meant(json_get_text(data, "organizationId")),
		.name = json_get_text(data, "name"),
		.parent_id =
		    organization_meant(json_get_text(data, "parentId")),
		.moves = moves));
}

static enum problem_code
remove_team(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_remove_team(rq->arena,
		.team_id = json_get_text(body, "teamId"),
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId"))));
}

static enum problem_code
list_teams(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_list_teams(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId"))));
}

/* Activates a team. If teamId is null, the active team is deactivated. */
static enum problem_code
set_active_team(struct request *rq, struct response *rs)
{
	struct db_step step;
	struct json_object *body, *id;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	id = json_get(body, "teamId", &present);
	step = identity_set_active_team(rq->arena,
	    .team_id = organization_meant(json_get_text(body, "teamId")),
	    .clear = present && id == NULL);
	return organization_activate(rq, rs, step);
}

static enum problem_code
list_user_teams(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_list_user_teams(rq->arena,
		.user_id = organization_meant(param_text(rq, "userId")),
		.organization_id =
		    organization_meant(param_text(rq, "organizationId"))));
}

static enum problem_code
list_team_members(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_list_team_members(rq->arena,
		.team_id = organization_meant(param_text(rq, "teamId"))));
}

static enum problem_code
add_team_member(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_add_team_member(rq->arena,
		.team_id = json_get_text(body, "teamId"),
		.user_id = json_get_text(body, "userId"),
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId"))));
}

static enum problem_code
remove_team_member(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_remove_team_member(rq->arena,
		.team_id = json_get_text(body, "teamId"),
		.user_id = json_get_text(body, "userId"),
		.organization_id =
		    organization_meant(json_get_text(body, "organizationId"))));
}
