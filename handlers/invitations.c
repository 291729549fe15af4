#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "body.h"
#include "buf.h"
#include "config.h"
#include "json.h"
#include "router.h"
#include "session.h"
#include "token.h"

/*
 * What SQL says about an invitation, and the link that opens it: the token is
 * known now and never again.
 */
static void
answer(struct request *rq, struct response *rs, int status, const char *token,
    const struct db_step *step)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_write(&b, db_text(step, 0, 0), db_len(step, 0, 0) - 1);
	if (status == 201)
		buf_printf(&b, ",\"token\":\"%s\"", token);
	buf_puts(&b, ",\"url\":");
	buf_json(&b,
	    arena_printf(
		rq->arena, "%s/invite/%s", rq->config->base_url, token));
	buf_puts(&b, "}");
	response_json(rs, status, b.data, b.len);
}

/* Until there is mail, the link is for the inviter to pass on. */
static enum problem_code
invite_member(struct request *rq, struct response *rs)
{
	const char *params[6], *token;
	struct db_step step = {
		.sql = SQL("SELECT identity.invite_member($1, $2::bytea, $3, "
			   "$4, $5, $6::boolean)"),
		.params = params,
		.nparams = 6,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, "invitation");
	params[0] = token_new(rq->arena);
	params[1] = token_hash(rq->arena, token);
	params[2] = json_get_text(body, "organizationId");
	params[3] = json_get_text(body, "email");
	params[4] = body_roles(rq, body, "role");
	params[5] = json_get_bool(body, "resend", false) ? "t" : "f";
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer(rq, rs, 200, token, &step);
	return PROBLEM_NONE;
}

static enum problem_code
accept(struct request *rq, struct response *rs)
{
	const char *params[1];
	struct db_step step = {
		.sql = SQL("SELECT identity.accept_invitation($1)"),
		.params = params,
		.nparams = 1,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "invitationId");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

/* For one address, or for whoever has the link. */
static enum problem_code
invites_create(struct request *rq, struct response *rs)
{
	const char *params[5], *token;
	struct db_step step = {
		.sql = SQL("SELECT identity.create_invite($1, $2::bytea, $3, "
			   "$4, $5::integer)"),
		.params = params,
		.nparams = 5,
		.answer = true,
	};
	struct json_object *body, *expires;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	expires = json_get(body, "expires_in", &present);
	token = session_new_token(rq, "invitation");
	params[0] = token_new(rq->arena);
	params[1] = token_hash(rq->arena, token);
	params[2] = json_get_text(body, "email");
	params[3] = json_get_text(body, "role");
	params[4] = expires != NULL ? json_text(expires) : NULL;
	if (params[4] != NULL &&
	    (strlen(params[4]) > 9 ||
		strspn(params[4], "0123456789") != strlen(params[4])))
		return request_fail_field(rq, PROBLEM_INVALID, "expires_in",
		    "a whole number of seconds, at most 30 days");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer(rq, rs, 201, token, &step);
	return PROBLEM_NONE;
}

/* Where the link of an invitation leads: to the page where one signs up. */
static enum problem_code
open_link(struct request *rq, struct response *rs)
{
	const char *params[] = { token_hash(rq->arena, rq->id) };
	struct db_step step = {
		.sql = SQL("SELECT identity.find_invite($1::bytea)"),
		.params = params,
		.nparams = 1,
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 0) == NULL)
		return request_fail(rq, PROBLEM_NOT_FOUND,
		    "This invitation has expired or was used. Ask for a new "
		    "one.");
	response_empty(rs, 302);
	rs->location = response_url(rq,
	    arena_printf(rq->arena, "%s/#/sign-up?invite=%s",
		rq->config->base_url, rq->id));
	return PROBLEM_NONE;
}

static const struct body_field member_body[] = {
	{ "email", BODY_STRING, true, false },
	{ "role", BODY_ROLE, true, false },
	{ "organizationId", BODY_STRING, false, false },
	{ "resend", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

static const struct body_field accept_body[] = {
	{ "invitationId", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct body_field invite_body[] = {
	{ "email", BODY_EMAIL, false, false },
	{ "role", BODY_STRING, false, false },
	{ "expires_in", BODY_NUMBER, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/organization/invite-member", invite_member,
	    SESSION_USER, ROUTE_BODY, .body = member_body,
	    .summary = "Invite an address" },
	{ METHOD_POST, "/api/auth/organization/accept-invitation", accept,
	    SESSION_USER, ROUTE_BODY, .body = accept_body,
	    .summary = "Accept an invitation" },
	{ METHOD_POST, "/api/invites", invites_create, SESSION_ADMIN,
	    ROUTE_BODY, .status = 201, .body = invite_body,
	    .summary = "Make a link to one's organization" },
	{ METHOD_GET, "/invite/{token}", open_link, SESSION_NONE,
	    ROUTE_PLAIN | ROUTE_SECRET, .status = 302,
	    .summary = "Lead to the sign-up page" },
	{ .action = NULL },
};

const struct module invitations_module = {
	.name = "invitations",
	.routes = routes,
};
