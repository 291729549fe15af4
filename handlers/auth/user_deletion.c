/* Deletes the caller's account. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/password.h"
#include "schema/identity/user.h"

static action_fn delete_user, follow_link;

static const struct body_field delete_body[] = {
	{ "callbackURL", BODY_STRING, 0 },
	{ "password", BODY_STRING, 0 },
	{ "token", BODY_STRING, BODY_SECRET },
	{ .name = NULL },
};

static const struct query_param follow_params[] = {
	{ "token", PARAM_TEXT, "the token of the link", NULL },
	{ "callbackURL", PARAM_TEXT,
	    "the URL to redirect to (default: a JSON response)", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/delete-user", delete_user, SESSION_USER,
	    ROUTE_HASHES | ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = delete_body,
	    .summary =
		"Delete the caller's account, or send a link that deletes "
		"it",
	    .returns = "Success" },
	{ METHOD_GET, "/api/auth/delete-user/callback", follow_link,
	    .flags = ROUTE_MAILED, .params = follow_params,
	    .summary = "Delete the account with an emailed link",
	    .returns = "Success" },
	{ .action = NULL },
};

const struct module user_deletion_module = { .name = "user_deletion",
	.routes = routes };

/* Checks the caller's password and counts the attempt. */
static enum problem_code
check_password(struct request *rq, const char *password)
{
	struct db_step hash =
	    identity_credential(rq->arena, .address = rq->headers.address,
		.path = "/delete-user", .limited = rq->config->rate_limit);
	enum problem_code err;

	if ((err = session_write(rq, &hash, 1)) != PROBLEM_NONE)
		return err;
	if (password_length(password, strlen(password)) > PASSWORD_MAX)
		return request_fail_better_auth(rq, "PASSWORD_TOO_LONG");
	if (db_text(&hash, 0, 0) == NULL)
		return request_fail_better_auth(
		    rq, "CREDENTIAL_ACCOUNT_NOT_FOUND");
	if (password_verify(rq->arena, db_text(&hash, 0, 0), password,
		strlen(password)) == PASSWORD_WRONG)
		return request_fail_better_auth(rq, "INVALID_PASSWORD");
	return PROBLEM_NONE;
}

static enum problem_code
mail_link(struct request *rq, const char *callback, struct db_step *step)
{
	const char *token = token_new(rq->arena);

	if (callback == NULL || *callback == '\0')
		callback = "/";
	*step = identity_request_deletion(rq->arena, .token = token,
	    .link = arena_printf(rq->arena,
		"%s/api/auth/delete-user/callback?token=%s&callbackURL=%s",
		rq->config->base_url, token, url_encode(rq->arena, callback)),
	    .language = request_language(rq), .address = rq->headers.address,
	    .limited = rq->config->rate_limit);
	step->answer = true;
	return session_write(rq, step, 1);
}

/* Stores no response for retries, because the caller no longer exists. */
static enum problem_code
delete_now(struct request *rq, bool shown_password, struct db_step *step)
{
	*step =
	    identity_delete_user(rq->arena, .shown_password = shown_password);
	return session_write(rq, step, 1);
}

static enum problem_code
delete_by_token(struct request *rq, const char *token, struct db_step *step)
{
	*step = identity_delete_user_by_token(
	    rq->arena, .caller_hash = session_hash(rq), .token = token);
	return session_write(rq, step, 1);
}

static void
answer_deletion(
    struct request *rq, struct response *rs, const char *message, bool deleted)
{
	const char *body = arena_printf(
	    rq->arena, "{\"success\":true,\"message\":\"%s\"}", message);

	response_json(rs, 200, body, strlen(body));
	if (deleted)
		response_sign_out(rs, rq);
}

/*
 * Deletes the caller if the password or the token from an emailed link is
 * correct. Otherwise, emails such a link.
 */
static enum problem_code
delete_user(struct request *rq, struct response *rs)
{
	const char *password, *token;
	struct json_object *body;
	enum problem_code err;
	struct db_step step;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (rq->config->delete_user == DELETE_USER_OFF)
		return request_refuse(rq, "deletion_off");
	password = json_get_text(body, "password");
	token = json_get_text(body, "token");
	if (password != NULL && *password != '\0' &&
	    (err = check_password(rq, password)) != PROBLEM_NONE)
		return err;
	if (token != NULL && *token != '\0')
		err = delete_by_token(rq, token, &step);
	else if (rq->config->delete_user == DELETE_USER_BY_MAIL)
		err = mail_link(rq, json_get_text(body, "callbackURL"), &step);
	else
		err = delete_now(
		    rq, password != NULL && *password != '\0', &step);
	if (err != PROBLEM_NONE)
		return err;
	answer_deletion(rq, rs, db_text(&step, 0, 0),
	    strcmp(db_text(&step, 0, 0), "User deleted") == 0);
	return PROBLEM_NONE;
}

static enum problem_code
follow_link(struct request *rq, struct response *rs)
{
	const char *token = param_text(rq, "token");
	const char *callback = param_text(rq, "callbackURL");
	enum problem_code err;
	struct db_step step;

	if (token == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.token] Invalid input: expected string, received "
		    "undefined");
	if (rq->config->delete_user == DELETE_USER_OFF)
		return request_fail_better_auth(rq, "NOT_FOUND");
	if ((err = delete_by_token(rq, token, &step)) != PROBLEM_NONE)
		return err;
	if (callback == NULL || *callback == '\0') {
		answer_deletion(rq, rs, db_text(&step, 0, 0), true);
		return PROBLEM_NONE;
	}
	response_redirect(rs, rq, callback);
	response_sign_out(rs, rq);
	return PROBLEM_NONE;
}
