/* Enables and disables the second factor, and creates backup codes. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"
#include "lib/crypto/totp.h"
#include "schema/identity/two_factor.h"

static action_fn enable_two_factor, disable_two_factor, get_uri, generate_codes;

static const struct body_field enable_body[] = {
	{ "password", BODY_STRING, 0 },
	{ "method", BODY_STRING, 0 },
	{ "issuer", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field password_body[] = {
	{ "password", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/two-factor/enable", enable_two_factor,
	    SESSION_USER, ROUTE_HASHES | ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = enable_body, .summary = "Enable the second factor",
	    .returns =
		"{method:string,totpURI?:string,backupCodes?:[string]}" },
	{ METHOD_POST, "/api/auth/two-factor/disable", disable_two_factor,
	    SESSION_USER, ROUTE_HASHES | ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = password_body, .summary = "Disable the second factor",
	    .returns = "Status" },
	{ METHOD_POST, "/api/auth/two-factor/get-totp-uri", get_uri,
	    SESSION_USER, ROUTE_HASHES | ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = password_body,
	    .summary =
		"Get the secret for an authenticator app, as the URI of a "
		"QR code",
	    .returns = "{totpURI:string}" },
	{ METHOD_POST, "/api/auth/two-factor/generate-backup-codes",
	    generate_codes, SESSION_USER,
	    ROUTE_HASHES | ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = password_body, .summary = "Generate new backup codes",
	    .returns = "{status:boolean,backupCodes:[string]}" },
	{ .action = NULL },
};

const struct module two_factor_setup_module = { .name = "two_factor",
	.routes = routes };

#define BACKUP_CODES 10

/*
 * Settings for the caller's second factor. Each change requires the password
 * or, from a user without a password, a session that is less than a day old.
 */

static enum problem_code
read_settings(struct request *rq, struct db_step *found)
{
	*found = identity_two_factor_settings(rq->arena);
	return session_read(rq, found, 1);
}

static enum problem_code
confirm_password(
    struct request *rq, const struct db_step *found, struct json_object *body)
{
	const char *password = json_get_text(body, "password");
	const char *hash = db_text(found, 0, TWO_FACTOR_SETTINGS_PASSWORD);

	if (hash == NULL)
		return db_bool(found, 0, TWO_FACTOR_SETTINGS_FRESH)
		    ? PROBLEM_NONE
		    : request_fail_better_auth(rq, "SESSION_NOT_FRESH");
	if (password == NULL)
		return request_fail_better_auth(rq, "INVALID_PASSWORD");
	if (password_length(password, strlen(password)) > PASSWORD_MAX)
		return request_fail_better_auth(rq, "PASSWORD_TOO_LONG");
	if (password_verify(rq->arena, hash, password, strlen(password)) ==
	    PASSWORD_WRONG)
		return request_fail_better_auth(rq, "INVALID_PASSWORD");
	return PROBLEM_NONE;
}

/* Returns the installation's host and port, which an authenticator shows. */
static const char *
default_issuer(struct request *rq)
{
	return strstr(rq->config->base_url, "://") + 3;
}

/* Generates backup codes to show, and their hashes to store. */
static const char *
make_codes(struct request *rq, struct buf *hashes)
{
	const char *token, *code;
	struct buf list;
	int i;

	buf_init(&list, rq->arena);
	buf_init(hashes, rq->arena);
	for (i = 0; i < BACKUP_CODES; i++) {
		token = session_new_token(
		    rq, arena_printf(rq->arena, "backup-code %d", i));
		code = arena_printf(rq->arena, "%.5s-%.5s", token, token + 5);
		buf_printf(&list, "%s\"%s\"", i > 0 ? "," : "", code);
		buf_printf(hashes, "%s%s", i > 0 ? "," : "",
		    token_code_hash(
			rq->arena, rq->config->secret, "backup-code", code));
	}
	return list.data;
}

/* Stores a new secret and returns the user's address. */
static enum problem_code
store_secret(struct request *rq, struct json_object *body, const char *secret,
    const char *hashes, struct db_step *stored)
{
	struct db_step found;
	enum problem_code err;

	if ((err = read_settings(rq, &found)) != PROBLEM_NONE ||
	    (err = confirm_password(rq, &found, body)) != PROBLEM_NONE)
		return err;
	*stored = identity_enable_totp(rq->arena,
	    .secret = secretbox_seal(rq->arena, rq->config->secret, secret),
	    .codes = hashes,
	    .verified = db_text(&found, 0, TWO_FACTOR_SETTINGS_PASSWORD));
	stored->answer = true;
	return session_write(rq, stored, 1);
}

static enum problem_code
enable_totp(struct request *rq, struct response *rs, struct json_object *body)
{
	const char *secret = session_new_token(rq, "totp"), *codes;
	const char *issuer = json_get_text(body, "issuer");
	struct db_step stored;
	struct buf b, hashes;
	enum problem_code err;

	if ((err = session_kept(rq, &stored)) != PROBLEM_NONE)
		return err;
	codes = make_codes(rq, &hashes);
	if (stored.result == NULL &&
	    (err = store_secret(rq, body, secret, hashes.data, &stored)) !=
		PROBLEM_NONE)
		return err;
	if (issuer == NULL || *issuer == '\0')
		issuer = default_issuer(rq);
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"method\":\"totp\",\"totpURI\":");
	buf_json(
	    &b, totp_uri(rq->arena, secret, issuer, db_text(&stored, 0, 0)));
	buf_printf(&b, ",\"backupCodes\":[%s]}", codes);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

/*
 * Starts sending codes by email, or disables the second factor. Renews the
 * session token.
 */
static struct db_step
change_step(
    struct request *rq, bool enable, const char *verified, const char *token)
{
	const char *id = token_new(rq->arena);
	const char *hash = token_hash(rq->arena, token);

	return enable
	    ? identity_enable_mailed_codes(rq->arena, .verified = verified,
		  .session_id = id, .token_hash = hash)
	    : identity_disable_two_factor(rq->arena, .verified = verified,
		  .session_id = id, .token_hash = hash);
}

static enum problem_code
change_two_factor(struct request *rq, struct response *rs,
    struct json_object *body, bool enable)
{
	const char *token = session_new_token(rq, "session");
	struct db_step found, done = { .answer = true };
	enum problem_code err;

	if ((err = session_kept(rq, &done)) != PROBLEM_NONE)
		return err;
	if (done.result == NULL) {
		if ((err = read_settings(rq, &found)) != PROBLEM_NONE ||
		    (err = confirm_password(rq, &found, body)) != PROBLEM_NONE)
			return err;
		done = change_step(rq, enable,
		    db_text(&found, 0, TWO_FACTOR_SETTINGS_PASSWORD), token);
		done.answer = true;
		if ((err = session_write(rq, &done, 1)) != PROBLEM_NONE)
			return err;
	}
	response_json(rs, 200, db_text(&done, 0, 0), db_len(&done, 0, 0));
	response_session(rs, rq, token, rq->remembered);
	return PROBLEM_NONE;
}

static enum problem_code
enable_two_factor(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	const char *method;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	method = json_get_text(body, "method");
	if (method == NULL || strcmp(method, "totp") == 0)
		return enable_totp(rq, rs, body);
	if (strcmp(method, "otp") != 0)
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.method] Invalid option: expected one of "
		    "\"otp\"|\"totp\"");
	if (!rq->config->two_factor_mail)
		return session_refuse(rq, "OTP_NOT_CONFIGURED");
	return change_two_factor(rq, rs, body, true);
}

static enum problem_code
disable_two_factor(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = change_two_factor(rq, rs, body, false)) != PROBLEM_NONE)
		return err;
	if (better_auth_signed_cookie(rq, "trust_device") != NULL)
		response_cookie(rs, rq, "trust_device", NULL, 0);
	return PROBLEM_NONE;
}

/* Shows the existing secret again, for a second authenticator. */
static enum problem_code
get_uri(struct request *rq, struct response *rs)
{
	const char *sealed, *secret;
	struct json_object *body;
	struct db_step found;
	enum problem_code err;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = read_settings(rq, &found)) != PROBLEM_NONE)
		return err;
	if ((sealed = db_text(&found, 0, TWO_FACTOR_SETTINGS_SECRET)) == NULL)
		return request_fail_better_auth(rq, "TOTP_NOT_ENABLED");
	if ((err = confirm_password(rq, &found, body)) != PROBLEM_NONE)
		return err;
	if ((secret = secretbox_open(rq->arena, rq->config->secrets, sealed)) ==
	    NULL)
		return request_refuse(rq, "secret_changed");
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"totpURI\":");
	buf_json(&b,
	    totp_uri(rq->arena, secret, default_issuer(rq),
		db_text(&found, 0, TWO_FACTOR_SETTINGS_EMAIL)));
	buf_puts(&b, "}");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static enum problem_code
store_codes(struct request *rq, struct json_object *body, const char *hashes,
    struct db_step *stored)
{
	struct db_step found;
	enum problem_code err;

	if ((err = read_settings(rq, &found)) != PROBLEM_NONE)
		return err;
	if (!db_bool(&found, 0, TWO_FACTOR_SETTINGS_ENABLED))
		return request_fail_better_auth(rq, "TWO_FACTOR_NOT_ENABLED");
	if ((err = confirm_password(rq, &found, body)) != PROBLEM_NONE)
		return err;
	*stored = identity_replace_backup_codes(rq->arena, .codes = hashes,
	    .verified = db_text(&found, 0, TWO_FACTOR_SETTINGS_PASSWORD));
	stored->answer = true;
	return session_write(rq, stored, 1);
}

static enum problem_code
generate_codes(struct request *rq, struct response *rs)
{
	struct json_object *body;
	struct db_step stored;
	enum problem_code err;
	struct buf b, hashes;
	const char *codes;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &stored)) != PROBLEM_NONE)
		return err;
	codes = make_codes(rq, &hashes);
	if (stored.result == NULL &&
	    (err = store_codes(rq, body, hashes.data, &stored)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"status\":true,\"backupCodes\":[%s]}", codes);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}
