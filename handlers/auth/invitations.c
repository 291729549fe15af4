/* Invitations to an organization: create, list, accept, reject and cancel. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/html_page.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/organization.h"
#include "handlers/auth/password_page.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/invitation.h"

#define AT "/api/auth/organization/"

static action_fn invite_member, accept_invitation, reject_invitation,
    cancel_invitation, get_invitation, list_invitations, list_own_invitations,
    invites_create, invites_list, invites_delete, describe_invitation,
    open_link;

static const struct body_field member_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "role", BODY_ROLE, BODY_REQUIRED },
	{ "organizationId", BODY_STRING, 0 },
	{ "resend", BODY_BOOLEAN, 0 },
	{ "teamId", BODY_ROLE, 0 },
	{ .name = NULL },
};

static const struct body_field token_body[] = {
	{ "token", BODY_STRING, BODY_REQUIRED | BODY_FILLED | BODY_SECRET },
	{ .name = NULL },
};

static const struct body_field id_body[] = {
	{ "invitationId", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field invite_body[] = {
	{ "email", BODY_EMAIL, 0 },
	{ "role", BODY_STRING, 0 },
	{ "expires_in", BODY_NUMBER, 0 },
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	{ "id", PARAM_TEXT, "the ID of an invitation", NULL },
	{ .name = NULL },
};

static const struct query_param list_params[] = {
	ORGANIZATION_PARAM,
	{ .name = NULL },
};

static const struct query_param list_own_params[] = {
	{ "email", PARAM_TEXT,
	    "must be absent; the list contains the caller's invitations",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, AT "invite-member", invite_member, SESSION_USER,
	    ROUTE_BODY, .body = member_body,
	    .summary = "Invite an address to an organization",
	    .returns = "Invitation" },
	{ METHOD_POST, AT "accept-invitation", accept_invitation, SESSION_USER,
	    ROUTE_BODY, .body = id_body, .summary = "Accept an invitation",
	    .returns = "{invitation:Invitation,member:Member}" },
	{ METHOD_POST, AT "reject-invitation", reject_invitation, SESSION_USER,
	    ROUTE_BODY, .body = id_body, .summary = "Decline an invitation",
	    .returns = "{invitation:Invitation,member:Member?}" },
	{ METHOD_POST, AT "cancel-invitation", cancel_invitation, SESSION_USER,
	    ROUTE_BODY, .body = id_body, .summary = "Cancel an invitation",
	    .returns = "Invitation" },
	{ METHOD_GET, AT "get-invitation", get_invitation, SESSION_USER,
	    .params = get_params, .summary = "Get an invitation to the caller",
	    .returns = "Invitation" },
	{ METHOD_GET, AT "list-invitations", list_invitations, SESSION_USER,
	    .params = list_params,
	    .summary = "List the invitations to an organization",
	    .returns = "[Invitation]" },
	{ METHOD_GET, AT "list-user-invitations", list_own_invitations,
	    SESSION_USER, .params = list_own_params,
	    .summary = "List the invitations to the caller",
	    .returns = "[Invitation]" },
	{ METHOD_POST, "/api/invites", invites_create, SESSION_ADMIN,
	    ROUTE_BODY, .status = 201, .body = invite_body,
	    .summary = "Create an invitation link to the organization",
	    .returns = "Invite" },
	{ METHOD_GET, "/api/invites", invites_list, SESSION_ADMIN,
	    .summary = "List the pending invitations", .returns = "[Invite]" },
	{ METHOD_DELETE, "/api/invites/{id}", invites_delete, SESSION_ADMIN,
	    ROUTE_SECRET, .summary = "Cancel an invitation",
	    .returns = "Invite" },
	{ METHOD_POST, "/api/invitation", describe_invitation, SESSION_NONE,
	    ROUTE_BODY, .body = token_body,
	    .summary = "Get the invitation of a link",
	    .returns =
		"{id:string,organization_id:string,organization_name:string,"
		"email:string?,role:string,expires_at:string,inviter:string?,"
		"known:boolean}" },
	{ METHOD_GET, "/invite/{token}", open_link, SESSION_NONE,
	    ROUTE_PLAIN | ROUTE_SECRET, .status = 302,
	    .summary = "Redirect to the page for joining" },
	{ .action = NULL },
};

const struct module invitations_module = {
	.name = "invitations",
	.routes = routes,
};

static const char *
link_of(struct request *rq, const char *token)
{
	return arena_printf(
	    rq->arena, "%s/invite/%s", rq->config->base_url, token);
}

/*
 * Responds with the invitation and its link. Only this response contains the
 * token.
 */
static void
answer_invitation(struct request *rq, struct response *rs, int status,
    const char *token, const struct db_step *step)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_write(&b, db_text(step, 0, 0), db_len(step, 0, 0) - 1);
	if (status == 201)
		buf_printf(&b, ",\"token\":\"%s\"", token);
	buf_puts(&b, ",\"url\":");
	buf_json(&b, link_of(rq, token));
	buf_puts(&b, "}");
	response_json(rs, status, b.data, b.len);
}

/* Emails the link, and also responds with it. */
static enum problem_code
invite_member(struct request *rq, struct response *rs)
{
	const char *token;
	struct db_step step;
	struct json_object *body, *team;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, "invitation");
	team = json_get(body, "teamId", &present);
	step = identity_invite_member(rq->arena,
	    .invitation_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .organization_id =
		organization_meant(json_get_text(body, "organizationId")),
	    .email = json_get_text(body, "email"),
	    .role = body_roles(rq, body, "role"),
	    .team = present ? json_text(team) : NULL,
	    .resend = json_get_bool(body, "resend", false),
	    .url = link_of(rq, token), .language = request_language(rq),
	    .limited = rq->config->rate_limit);
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_invitation(rq, rs, 200, token, &step);
	return PROBLEM_NONE;
}

/*
 * Accepts an invitation. The session becomes that of a member and gets a new
 * token.
 */
static enum problem_code
accept_invitation(struct request *rq, struct response *rs)
{
	const char *token = session_new_token(rq, "session");
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = identity_accept_invitation(rq->arena,
	    .invitation_id = json_get_text(body, "invitationId"),
	    .must_verify = rq->config->require_verification,
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, db_text(&step, 0, 0), db_len(&step, 0, 0));
	response_session(rs, rq, token, rq->remembered);
	return PROBLEM_NONE;
}

static enum problem_code
reject_invitation(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_reject_invitation(rq->arena,
		.invitation_id = json_get_text(body, "invitationId"),
		.must_verify = rq->config->require_verification));
}

static enum problem_code
cancel_invitation(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_cancel_invitation(rq->arena,
		.invitation_id = json_get_text(body, "invitationId")));
}

static enum problem_code
get_invitation(struct request *rq, struct response *rs)
{
	static const char stranger[] = "{\"message\":\"Not authenticated\"}";
	const char *id = param_text(rq, "id");
	enum problem_code err;

	if (id == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.id] Invalid input: expected string, received "
		    "undefined");
	err = answer_read(rq, rs,
	    identity_get_invitation(rq->arena, .invitation_id = id,
		.must_verify = rq->config->require_verification));
	if (err != PROBLEM_UNAUTHENTICATED)
		return err;
	/* Better Auth has a separate text for this error. */
	response_json(rs, 401, stranger, sizeof stranger - 1);
	return PROBLEM_NONE;
}

static enum problem_code
list_invitations(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    identity_list_invitations(rq->arena,
		.organization_id =
		    organization_meant(param_text(rq, "organizationId"))));
}

/* Lists only the invitations to the caller's own address. */
static enum problem_code
list_own_invitations(struct request *rq, struct response *rs)
{
	if (organization_meant(param_text(rq, "email")) != NULL)
		return request_fail_better_auth(rq, "INVITATIONS_OF_ANOTHER");
	return answer_read(rq, rs, identity_list_user_invitations(rq->arena));
}

/* Creates an invitation for one address, or for anyone who has the link. */
static enum problem_code
invites_create(struct request *rq, struct response *rs)
{
	const char *token, *seconds;
	struct db_step step;
	struct json_object *body, *expires;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	expires = json_get(body, "expires_in", &present);
	seconds = expires != NULL ? json_text(expires) : NULL;
	if (!param_is_whole(seconds, PARAM_INTEGER))
		return request_refuse(rq, "expires_in_invalid", "expires_in");
	token = session_new_token(rq, "invitation");
	step = identity_create_invite(rq->arena,
	    .invitation_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .email = json_get_text(body, "email"),
	    .role = json_get_text(body, "role"), .expires_in = seconds);
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_invitation(rq, rs, 201, token, &step);
	return PROBLEM_NONE;
}

/* Lists all pending invitations. */
static enum problem_code
invites_list(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_invites(rq->arena));
}

static enum problem_code
invites_delete(struct request *rq, struct response *rs)
{
	return answer_write(
	    rq, rs, identity_delete_invite(rq->arena, .invitation_id = rq->id));
}

/*
 * Returns the page that a link opens. If the link is for an address, the
 * visitor chooses a password or, if the address has an account, signs in.
 * Otherwise, the visitor signs up.
 */
static const char *
invitation_page(struct request *rq, const char *invitation)
{
	const char *base = rq->config->base_url;
	struct json_error error;
	struct json_object *o =
	    json_parse(rq->arena, invitation, strlen(invitation), &error);

	if (json_get_bool(o, "known", false))
		return arena_printf(
		    rq->arena, "%s/#/login?invite=%s", base, rq->id);
	if (json_get_text(o, "email") != NULL)
		return password_page(rq, rq->id, "invite");
	return arena_printf(rq->arena, "%s/#/sign-up?invite=%s", base, rq->id);
}

/*
 * The reasons why a link does not work, as texts for people. The first row is
 * for links that never existed.
 */
static const struct reason {
	const char *name, *english, *french;
} reasons[] = {
	{ "",
	    "Check that the whole address was copied, or ask for a new "
	    "invitation.",
	    "Vérifiez que l’adresse est complète, ou demandez une nouvelle "
	    "invitation." },
	{ "used", "It was already used. If it was you, sign in.",
	    "Elle a déjà été utilisée. Si c’était vous, connectez-vous." },
	{ "expired", "It has expired. Ask for a new invitation.",
	    "Elle a expiré. Demandez une nouvelle invitation." },
	{ "revoked", "It was revoked. Ask for a new invitation.",
	    "Elle a été révoquée. Demandez une nouvelle invitation." },
	{ NULL, NULL, NULL },
};

static const struct reason *
reason_named(const char *name)
{
	const struct reason *one = reasons;

	while (
	    name != NULL && one->name != NULL && strcmp(one->name, name) != 0)
		one++;
	return one->name != NULL ? one : reasons;
}

static void
answer_stale_page(
    struct request *rq, struct response *rs, const struct reason *why)
{
	bool french = strcmp(request_language(rq), "fr") == 0;

	html_page_respond(rs, rq, 404,
	    &(struct html_page){ .title = french ? "Invitation non valable"
						 : "Invitation not valid",
		.text = french ? why->french : why->english,
		.link = "/sign-in",
		.button = french ? "Se connecter" : "Sign in" });
}

/* Refuses a link that does not work, and gives the reason. */
static enum problem_code
answer_stale(struct request *rq, struct response *rs, const char *token)
{
	struct db_step step = identity_stale_invite(
	    rq->arena, .token_hash = token_hash(rq->arena, token));
	enum problem_code err;

	if (!html_page_wanted(rq))
		return request_refuse(rq, "invitation_expired");
	if ((err = session_read(rq, &step, 1)) == PROBLEM_NONE)
		answer_stale_page(rq, rs, reason_named(db_text(&step, 0, 0)));
	return err;
}

/* Responds with a link's invitation, for the page on which it is accepted. */
static enum problem_code
describe_invitation(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	struct db_step step;
	const char *token;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	token = json_get_text(body, "token");
	step = identity_find_invite(
	    rq->arena, .token_hash = token_hash(rq->arena, token));
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 0) == NULL)
		return answer_stale(rq, rs, token);
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
open_link(struct request *rq, struct response *rs)
{
	struct db_step step = identity_find_invite(
	    rq->arena, .token_hash = token_hash(rq->arena, rq->id));
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 0) == NULL)
		return answer_stale(rq, rs, rq->id);
	response_redirect(rs, rq, invitation_page(rq, db_text(&step, 0, 0)));
	return PROBLEM_NONE;
}
