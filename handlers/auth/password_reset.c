/* Password reset with an emailed link. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/password.h"

static action_fn request_reset, follow_link, reset_password;

static const struct body_field request_body[] = {
	{ "email", BODY_EMAIL, BODY_REQUIRED },
	{ "redirectTo", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field reset_body[] = {
	{ "newPassword", BODY_STRING, BODY_REQUIRED },
	{ "token", BODY_STRING, BODY_SECRET },
	{ .name = NULL },
};

static const struct query_param follow_params[] = {
	{ "callbackURL", PARAM_TEXT, "the URL to redirect to, with the token",
	    NULL },
	{ .name = NULL },
};

static const struct query_param reset_params[] = {
	{ "token", PARAM_TEXT, "the token, if the body has none", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/request-password-reset", request_reset,
	    SESSION_NONE, ROUTE_BODY, .body = request_body,
	    .summary = "Email a link for setting a new password",
	    .returns = "Status" },
	{ METHOD_GET, "/api/auth/reset-password/{token}", follow_link,
	    SESSION_NONE, ROUTE_SECRET | ROUTE_MAILED, .status = 302,
	    .params = follow_params,
	    .summary = "Redirect to the page for a new password" },
	{ METHOD_POST, "/api/auth/reset-password", reset_password, SESSION_NONE,
	    ROUTE_HASHES | ROUTE_BODY, .params = reset_params,
	    .body = reset_body,
	    .summary = "Set a new password with the token of a link",
	    .returns = "Status" },
	{ .action = NULL },
};

const struct module password_reset_module = { .name = "password_reset",
	.routes = routes };

#define SECRET_LEN 24 /* characters in a link's token */

/*
 * Emails a reset link. Performs the same writes for an unknown address, but
 * sends no email.
 */
static enum problem_code
request_reset(struct request *rq, struct response *rs)
{
	static const char done[] =
	    "{\"status\":true,\"message\":\"If this email exists in our "
	    "system, check your email for the reset link\"}";
	const char *token = arena_strndup(
	    rq->arena, session_new_token(rq, "reset"), SECRET_LEN);
	const char *redirect;
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	redirect = json_get_text(body, "redirectTo");
	step = identity_request_reset(rq->arena,
	    .email = json_get_text(body, "email"), .token = token,
	    .link = arena_printf(rq->arena,
		"%s/api/auth/reset-password/%s?callbackURL=%s",
		rq->config->base_url, token,
		redirect != NULL ? url_encode(rq->arena, redirect) : ""),
	    .language = request_language(rq), .address = rq->headers.address,
	    .limited = rq->config->rate_limit);
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}

/* Sets *found to whether the token can still be used. */
static enum problem_code
find_token(struct request *rq, const char *token, bool *found)
{
	struct db_step step = identity_find_reset(rq->arena, .token = token);
	enum problem_code err = session_read(rq, &step, 1);

	*found = err == PROBLEM_NONE && db_bool(&step, 0, 0);
	return err;
}

/* Redirects the emailed link to the page that asks for a new password. */
static enum problem_code
follow_link(struct request *rq, struct response *rs)
{
	const char *callback = param_text(rq, "callbackURL");
	enum problem_code err;
	bool found;

	if (callback == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[query.callbackURL] Invalid input: expected string, "
		    "received undefined");
	if ((err = find_token(rq, rq->id, &found)) != PROBLEM_NONE)
		return err;
	if (*callback == '\0') {
		callback = "/api/auth/error";
		found = false;
	}
	callback = url_absolute(rq->arena, rq->config->base_url, callback);
	response_redirect(rs, rq,
	    found ? url_with(rq->arena, callback, "token", rq->id)
		  : url_with(rq->arena, callback, "error", "INVALID_TOKEN"));
	return PROBLEM_NONE;
}

/* Consumes the token and sets the password in one transaction. */
static enum problem_code
store_password(struct request *rq, const char *token, const char *password)
{
	struct db_step step = identity_reset_password(rq->arena, .token = token,
	    .password = password_hash(rq->arena, password, strlen(password)),
	    .language = request_language(rq));

	step.answer = true;
	return session_write(rq, &step, 1);
}

static enum problem_code
reset_password(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"status\":true}";
	const char *token, *password, *flaw;
	struct json_object *body;
	enum problem_code err;
	struct db_step kept;
	bool found = false;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	token = json_get_text(body, "token");
	if (token == NULL || *token == '\0')
		token = param_text(rq, "token");
	password = json_get_text(body, "newPassword");
	if (kept.result == NULL) {
		if (token == NULL)
			return request_fail_better_auth(
			    rq, "INVALID_TOKEN/RESET");
		flaw = password_flaw(password, strlen(password));
		if (flaw != NULL)
			return request_fail_better_auth(rq, flaw);
		/* Do not hash a password for an invalid token. */
		if ((err = find_token(rq, token, &found)) != PROBLEM_NONE)
			return err;
		if (!found)
			return request_fail_better_auth(
			    rq, "INVALID_TOKEN/RESET");
		if ((err = store_password(rq, token, password)) != PROBLEM_NONE)
			return err;
	}
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}
