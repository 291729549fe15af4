/* The caller's own user: profile, password and membership. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/known_device.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/password.h"
#include "schema/identity/sign_in.h"
#include "schema/identity/user.h"

static action_fn update_user, change_password, verify_password, get_me;

static const struct body_field update_body[] = {
	{ "name", BODY_STRING, 0 },
	{ "image", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct body_field password_body[] = {
	{ "currentPassword", BODY_STRING, BODY_REQUIRED },
	{ "newPassword", BODY_STRING, BODY_REQUIRED },
	{ "revokeOtherSessions", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field verify_body[] = {
	{ "password", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/update-user", update_user, SESSION_USER,
	    ROUTE_BODY, .body = update_body,
	    .summary = "Update the caller's name or picture",
	    .returns = "Status" },
	{ METHOD_POST, "/api/auth/change-password", change_password,
	    SESSION_USER, ROUTE_HASHES | ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = password_body, .summary = "Change the caller's password",
	    .returns = "SignedIn" },
	{ METHOD_POST, "/api/auth/verify-password", verify_password,
	    SESSION_USER, ROUTE_HASHES | ROUTE_BODY, .body = verify_body,
	    .summary = "Check the caller's password", .returns = "Status" },
	{ METHOD_GET, "/api/me", get_me, SESSION_ORGANIZATION,
	    .summary = "Get the caller's profile and permissions in the "
		       "organization",
	    .returns =
		"{id:integer?,user_id:string,first_name:string?,last_"
		"name:string?,email:string,avatar:File?,administrator:"
		"boolean,disabled:boolean,organization_id:string,"
		"grants:{*:{*:string}|[string]|string},modules?:[string],"
		"resources?:{*:[string]},portal?:"
		"boolean,partner?:{companies:[{id:integer,name:string}],"
		"principals:[{id:integer,name:string}]},"
		"read_only?:boolean,sandbox?:boolean,viewing?:{by:"
		"string,until:time}}" },
	{ .action = NULL },
};

const struct module users_module = { .name = "users", .routes = routes };

/* Returns the Better Auth code of the body's fault, or NULL. */
static const char *
update_flaw(struct request *rq, struct json_object *body)
{
	static const char *const fields[] = { "role", "banned", "banReason",
		"banExpires", "twoFactorEnabled", NULL };
	const char *const *f;
	bool name, image;

	if (json_truthy(json_get(body, "email", &name)))
		return "EMAIL_CAN_NOT_BE_UPDATED";
	for (f = fields; *f != NULL; f++)
		if (json_truthy(json_get(body, *f, &name)))
			return arena_printf(
			    rq->arena, "FIELD_NOT_ALLOWED: %s", *f);
	(void)json_get(body, "name", &name);
	(void)json_get(body, "image", &image);
	return name || image ? NULL : "NO_FIELDS_TO_UPDATE";
}

static const char *
update_patch(struct request *rq, struct json_object *body)
{
	static const char *const fields[] = { "name", "image", NULL };
	struct json_object *patch = json_object_new_object(), *value;
	const char *const *f;
	bool present;

	json_own(rq->arena, patch);
	for (f = fields; *f != NULL; f++) {
		value = json_get(body, *f, &present);
		if (present)
			json_share(patch, *f, value);
	}
	return json_text(patch);
}

static enum problem_code
update_user(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"status\":true}";
	const char *flaw;
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if ((flaw = update_flaw(rq, body)) != NULL)
		return session_refuse(rq, flaw);
	step = identity_update_user(rq->arena, .patch = update_patch(rq, body));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, done, strlen(done));
	response_session(rs, rq, rq->token, rq->remembered);
	return PROBLEM_NONE;
}

/* Checks the current password, and whether the new password is allowed. */
static enum problem_code
check_passwords(
    struct request *rq, struct json_object *body, const char **verified)
{
	const char *current = json_get_text(body, "currentPassword");
	const char *next = json_get_text(body, "newPassword"), *flaw;
	struct db_step hash =
	    identity_credential(rq->arena, .address = rq->headers.address,
		.path = "/change-password", .limited = rq->config->rate_limit);
	enum problem_code err;

	*verified = NULL;
	if ((err = session_write(rq, &hash, 1)) != PROBLEM_NONE)
		return err;
	if ((flaw = password_flaw(next, strlen(next))) != NULL)
		return request_fail_better_auth(rq, flaw);
	if (db_text(&hash, 0, 0) == NULL)
		return request_fail_better_auth(
		    rq, "CREDENTIAL_ACCOUNT_NOT_FOUND");
	if (password_length(current, strlen(current)) > PASSWORD_MAX ||
	    password_verify(rq->arena, db_text(&hash, 0, 0), current,
		strlen(current)) == PASSWORD_WRONG)
		return request_fail_better_auth(rq, "INVALID_PASSWORD");
	*verified = db_text(&hash, 0, 0);
	return PROBLEM_NONE;
}

static enum problem_code
store_password(struct request *rq, const char *verified, const char *password,
    bool revoke, const char *token, struct db_step *user)
{
	*user = identity_change_password(rq->arena,
	    .password = password_hash(rq->arena, password, strlen(password)),
	    .revoke_others = revoke, .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .address = rq->headers.address, .user_agent = request_agent(rq),
	    .verified = verified);
	user->answer = true;
	return session_write(rq, user, 1);
}

/*
 * Changes the password. Ends all sessions and opens a new one if
 * revokeOtherSessions is set.
 */
static enum problem_code
change_password(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	struct db_step user;
	const char *token, *verified;
	struct buf b;
	bool revoke;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &user)) != PROBLEM_NONE)
		return err;
	revoke = json_get_bool(body, "revokeOtherSessions", false);
	token = session_new_token(rq, "session");
	if (user.result == NULL) {
		if ((err = check_passwords(rq, body, &verified)) !=
			PROBLEM_NONE ||
		    (err = store_password(rq, verified,
			 json_get_text(body, "newPassword"), revoke, token,
			 &user)) != PROBLEM_NONE)
			return err;
	}
	buf_init(&b, rq->arena);
	if (revoke)
		buf_printf(&b, "{\"token\":\"%s\"", token);
	else
		buf_puts(&b, "{\"token\":null");
	buf_printf(&b, ",\"user\":%s}", db_text(&user, 0, 0));
	response_json(rs, 200, b.data, b.len);
	if (revoke)
		response_session(rs, rq, token, rq->remembered);
	return PROBLEM_NONE;
}

/* Checks the caller's password, for a page that asks for it again. */
static enum problem_code
verify_password(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"status\":true}";
	const char *password, *kept;
	struct db_step hash =
	    identity_credential(rq->arena, .address = rq->headers.address,
		.path = "/verify-password", .limited = rq->config->rate_limit);
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_write(rq, &hash, 1)) != PROBLEM_NONE)
		return err;
	password = json_get_text(body, "password");
	kept = db_text(&hash, 0, 0);
	if (kept == NULL ||
	    password_length(password, strlen(password)) > PASSWORD_MAX ||
	    password_verify(rq->arena, kept, password, strlen(password)) ==
		PASSWORD_WRONG)
		return request_fail_better_auth(rq, "INVALID_PASSWORD");
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}

/*
 * Responds with the caller's row of sales in the active organization. Clients
 * request this route after each sign-in, and Better Auth has no such route. A
 * browser therefore becomes a known device here.
 */
static enum problem_code
get_me(struct request *rq, struct response *rs)
{
	struct db_step steps[] = { identity_me(rq->arena),
		identity_own_device(rq->arena) };
	const char *user;
	enum problem_code err;

	if ((err = session_read(rq, steps, 2)) != PROBLEM_NONE ||
	    (err = response_row(rq, rs, 200, &steps[0])) != PROBLEM_NONE)
		return err;
	user = db_text(&steps[1], 0, 0);
	if (user != NULL && *rq->headers.cookie != '\0')
		known_device_keep(rq, rs, user);
	return PROBLEM_NONE;
}
