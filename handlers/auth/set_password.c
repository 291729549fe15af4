/* Sets a password with the token in a reset or invitation link. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/mailed_link.h"
#include "handlers/auth/password_page.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/password.h"

static action_fn set_password, redirect_to_page;

static const struct body_field password_body[] = {
	{ "token", BODY_STRING, BODY_REQUIRED | BODY_FILLED | BODY_SECRET },
	{ "password", BODY_STRING, BODY_REQUIRED },
	{ "first_name", BODY_STRING_OR_NULL, 0 },
	{ "last_name", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct query_param lead_params[] = {
	{ "token", PARAM_TEXT, "the token of the link", NULL },
	{ "error", PARAM_TEXT, "the reason why the link has no token", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/set-password", set_password, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_HASHES | ROUTE_BODY, .body = password_body,
	    .summary = "Set a password with an emailed link, and sign in",
	    .returns = "SignedIn|SecondFactor" },
	{ METHOD_GET, "/set-password", redirect_to_page, SESSION_NONE,
	    ROUTE_PLAIN | ROUTE_SECRET, .status = 302, .params = lead_params,
	    .summary = "Redirect to the page for a new password" },
	{ .action = NULL },
};

const struct module set_password_module = {
	.name = "set_password",
	.routes = routes,
};

static enum problem_code
refuse_token(struct request *rq)
{
	return request_refuse(rq, "link_expired", "token");
}

/* Checks the token before a password is hashed. */
static enum problem_code
find_link(struct request *rq, const char *token, struct db_step *found)
{
	enum problem_code err;

	*found = identity_find_password_link(rq->arena, .token = token);
	if ((err = session_read(rq, found, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(found, 0, FIND_PASSWORD_LINK_GOOD_FOR) == NULL)
		return refuse_token(rq);
	if (strcmp(db_text(found, 0, FIND_PASSWORD_LINK_GOOD_FOR), "known") ==
	    0)
		return request_refuse(rq, "account_of_invited");
	return PROBLEM_NONE;
}

/* Returns the new user as JSON, with a new id and any names in the body. */
static const char *
newcomer_json(struct request *rq, struct json_object *body, const char *id)
{
	struct json_object *who = json_object_new_object();
	bool present;

	json_own(rq->arena, who);
	json_share(who, "first_name", json_get(body, "first_name", &present));
	json_share(who, "last_name", json_get(body, "last_name", &present));
	json_object_object_add(who, "id", json_object_new_string(id));
	return json_text(who);
}

/*
 * Returns a verification token for a new user whose link did not prove the
 * address, or NULL if no token is needed.
 */
static const char *
verification_token(
    struct request *rq, const struct db_step *found, const char *id)
{
	const char *email = db_text(found, 0, FIND_PASSWORD_LINK_EMAIL);

	return email == NULL
	    ? NULL
	    : mailed_link(
		  rq, &(struct mailed_link){ .user_id = id, .email = email });
}

/*
 * Consumes the token, sets the password and opens a session in one transaction.
 */
static enum problem_code
store_password(struct request *rq, struct json_object *body,
    const struct db_step *found, const char *id, const char *session,
    const struct second_factor_challenge *challenge, struct db_step *said)
{
	const char *password = json_get_text(body, "password");

	*said = identity_set_password(rq->arena,
	    .token = json_get_text(body, "token"),
	    .password = password_hash(rq->arena, password, strlen(password)),
	    .who = newcomer_json(rq, body, id),
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, session),
	    .address = rq->headers.address, .user_agent = request_agent(rq),
	    .must_verify = rq->config->require_verification,
	    .link = verification_token(rq, found, id),
	    .language = request_language(rq), .second_factor = challenge->json);
	said->answer = true;
	return session_write(rq, said, 1);
}

/* Replaces Better Auth's texts with texts for a form with one field. */
static enum problem_code
explain_refusal(struct request *rq, enum problem_code err)
{
	const char *wire = rq->problem.better_auth;

	if (err != PROBLEM_BETTER_AUTH)
		return err;
	if (strcmp(wire, "BANNED_USER") == 0)
		return request_refuse(rq, "disabled_account");
	if (strcmp(wire, "INVALID_TOKEN/RESET") == 0 ||
	    strcmp(wire, "EMAIL_PASSWORD_SIGN_UP_DISABLED") == 0 ||
	    strcmp(wire, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL") == 0)
		return refuse_token(rq);
	return err;
}

/*
 * Responds after the password was set. said is the user, a challenge, or "null"
 * if a new user's address must first be verified. id is the ID of that user.
 */
static void
answer_session(struct request *rq, struct response *rs, const char *id,
    const char *session, const char *said,
    const struct second_factor_challenge *challenge)
{
	static const char unproved[] = "{\"token\":null,\"user\":null}";
	struct buf b;

	if (strcmp(said, "null") == 0) {
		response_json(rs, 200, unproved, sizeof unproved - 1);
		mailed_link_keep_user(rs, rq, id);
		return;
	}
	if (second_factor_challenge_answer(challenge, rq, rs, said, true))
		return;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"token\":\"%s\",\"user\":%s}", session, said);
	response_json(rs, 200, b.data, b.len);
	response_session(rs, rq, session, true);
	second_factor_challenge_renew(challenge, rq, rs, said);
}

static enum problem_code
set_password(struct request *rq, struct response *rs)
{
	const char *password, *id, *session, *flaw;
	struct db_step found, said;
	struct json_object *body;
	enum problem_code err;
	struct second_factor_challenge challenge;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &said)) != PROBLEM_NONE)
		return err;
	id = session_new_token(rq, "user");
	session = session_new_token(rq, "session");
	second_factor_challenge_init(&challenge, rq);
	if (said.result == NULL) {
		password = json_get_text(body, "password");
		flaw = password_flaw(password, strlen(password));
		if (flaw != NULL)
			return request_refuse(
			    rq, password_advice(flaw), "password");
		if ((err = find_link(rq, json_get_text(body, "token"),
			 &found)) != PROBLEM_NONE ||
		    (err = explain_refusal(rq,
			 store_password(rq, body, &found, id, session,
			     &challenge, &said))) != PROBLEM_NONE)
			return err;
	}
	answer_session(rq, rs, id, session, db_text(&said, 0, 0), &challenge);
	return PROBLEM_NONE;
}

/*
 * Handles a redirect target for request-password-reset: moves the token to the
 * front end's route after the "#".
 */
static enum problem_code
redirect_to_page(struct request *rq, struct response *rs)
{
	const char *token = param_text(rq, "token");

	response_redirect(rs, rq,
	    token != NULL && *token != '\0'
		? password_page(rq, token, "recovery")
		: arena_printf(rq->arena, "%s/#/forgot-password%s",
		      rq->config->base_url,
		      param_text(rq, "error") != NULL ? "?expired=1" : ""));
	return PROBLEM_NONE;
}
