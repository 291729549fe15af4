#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/passkey.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"

#define HANDLE_BYTES 32

static enum problem_code
options(struct request *rq, struct response *rs)
{
	static const char *const attachments[] = { "platform", "cross-platform",
		NULL };
	struct passkey_challenge challenge = passkey_ask(rq);
	const char *params[7];
	struct db_step step = {
		.sql = SQL("SELECT identity.passkey_creation($1, $2, $3, $4, "
			   "$5, $6, $7::boolean)"),
		.params = params,
		.nparams = 7,
	};
	enum problem_code err;

	params[0] = challenge.secret;
	params[1] = challenge.text;
	params[2] = passkey_rp_id(rq);
	params[3] = token_base64url(rq->arena, HANDLE_BYTES);
	params[4] = request_param(rq, "name");
	params[6] = rq->config->rate_limit ? "t" : "f";
	if ((err = param_word(rq, "authenticatorAttachment", attachments,
		 &params[5])) != PROBLEM_NONE ||
	    (err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	passkey_options(rq, rs, &challenge, &step);
	return PROBLEM_NONE;
}

/* The challenge that was handed to the caller for this; it is spent now. */
static enum problem_code
take_challenge(struct request *rq, const char **challenge)
{
	const char *params[] = { passkey_secret(rq) };
	struct db_step step = {
		.sql = SQL("SELECT challenge, refusal FROM "
			   "identity.begin_passkey_registration($1)"),
		.params = params,
		.nparams = 1,
	};
	enum problem_code err;

	*challenge = NULL;
	if (*rq->headers.origin == '\0')
		return session_refuse(rq, "FAILED_TO_VERIFY_REGISTRATION");
	if (params[0] == NULL)
		return session_refuse(rq, "CHALLENGE_NOT_FOUND");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 1) != NULL)
		return request_fail_better_auth(rq, db_text(&step, 0, 1));
	*challenge = db_text(&step, 0, 0);
	return PROBLEM_NONE;
}

static const char *
trimmed(struct arena *a, const char *text)
{
	size_t len;

	if (text == NULL)
		return NULL;
	while (isspace((unsigned char)*text))
		text++;
	for (len = strlen(text); len > 0; len--)
		if (!isspace((unsigned char)text[len - 1]))
			break;
	return arena_strndup(a, text, len);
}

/* token: of the session that is wanted as well, or NULL. */
static enum problem_code
store(struct request *rq, const struct credential *made, const char *name,
    const char *token, struct db_step *step)
{
	const char **params = arena_array(rq->arena, 14, sizeof *params);

	params[0] = token_new(rq->arena);
	params[1] = trimmed(rq->arena, name);
	params[2] = made->id;
	params[3] = made->public_key;
	params[4] =
	    arena_printf(rq->arena, "%lu", (unsigned long)made->counter);
	params[5] = made->verified ? "t" : "f";
	params[6] = made->synced ? "t" : "f";
	params[7] = made->backed_up ? "t" : "f";
	params[8] = made->transports;
	params[9] = made->aaguid;
	params[10] = token != NULL ? token_new(rq->arena) : NULL;
	params[11] = token != NULL ? token_hash(rq->arena, token) : NULL;
	params[12] = rq->headers.address;
	params[13] = request_agent(rq);
	*step = (struct db_step){
		.sql = SQL("SELECT identity.register_passkey($1, $2, $3, $4, "
			   "$5::bigint, $6::boolean, $7::boolean, $8::boolean, "
			   "$9, $10, $11, $12::bytea, $13, $14)"),
		.params = params,
		.nparams = 14,
		.answer = true,
	};
	return session_write(rq, step, 1);
}

static enum problem_code
check_and_store(struct request *rq, const struct json_object *body,
    const char *token, struct db_step *step)
{
	struct credential made;
	struct ceremony ceremony;
	const char *challenge;
	enum problem_code err;
	bool present;

	if ((err = take_challenge(rq, &challenge)) != PROBLEM_NONE)
		return err;
	ceremony = passkey_ceremony(rq, challenge);
	if (webauthn_register(rq->arena, &ceremony,
		json_get(body, "response", &present), &made) != WEBAUTHN_GOOD)
		return request_fail_better_auth(
		    rq, "FAILED_TO_VERIFY_REGISTRATION");
	return store(rq, &made, json_get_text(body, "name"), token, step);
}

static enum problem_code
create(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *token = NULL;
	enum problem_code err;
	struct db_step step;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &step)) != PROBLEM_NONE)
		return err;
	if (json_get_bool(body, "createSession", false))
		token = session_new_token(rq, "session");
	if (step.result == NULL &&
	    (err = check_and_store(rq, body, token, &step)) != PROBLEM_NONE)
		return err;
	if (token == NULL)
		return response_row(rq, rs, 200, &step);
	passkey_enter(rq, rs, token, db_text(&step, 0, 0));
	return PROBLEM_NONE;
}

static enum problem_code
list(struct request *rq, struct response *rs)
{
	struct db_step step = { .sql = SQL("SELECT identity.list_passkeys()") };
	enum problem_code err = session_read(rq, &step, 1);

	return err != PROBLEM_NONE ? err : response_row(rq, rs, 200, &step);
}

static enum problem_code
rename_one(struct request *rq, struct response *rs)
{
	const char *params[2];
	struct db_step step = {
		.sql = SQL("SELECT identity.rename_passkey($1, $2)"),
		.params = params,
		.nparams = 2,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "id");
	params[1] = trimmed(rq->arena, json_get_text(body, "name"));
	if (*params[1] == '\0')
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.name] Too small: expected string to have >=1 "
		    "characters");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
delete_one(struct request *rq, struct response *rs)
{
	const char *params[1];
	struct db_step step = {
		.sql = SQL("SELECT identity.delete_passkey($1)"),
		.params = params,
		.nparams = 1,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "id");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct body_field create_body[] = {
	{ "response", BODY_RECORD, true, false },
	{ "name", BODY_STRING, false, false },
	{ "createSession", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

static const struct body_field rename_body[] = {
	{ "id", BODY_STRING, true, false },
	{ "name", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct body_field delete_body[] = {
	{ "id", BODY_STRING, true, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/passkey/generate-register-options", options,
	    SESSION_FRESH, ROUTE_NO_IMPERSONATION,
	    .summary = "Options to make a passkey with" },
	{ METHOD_POST, "/api/auth/passkey/verify-registration", create,
	    SESSION_FRESH, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = create_body, .summary = "Keep a passkey that was made" },
	{ METHOD_GET, "/api/auth/passkey/list-user-passkeys", list,
	    SESSION_USER, .summary = "Passkeys of the caller" },
	{ METHOD_POST, "/api/auth/passkey/update-passkey", rename_one,
	    SESSION_USER, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = rename_body, .summary = "Rename a passkey" },
	{ METHOD_POST, "/api/auth/passkey/delete-passkey", delete_one,
	    SESSION_USER, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = delete_body, .summary = "Delete a passkey" },
	{ .action = NULL },
};

const struct module passkeys_module = { .name = "passkeys", .routes = routes };
