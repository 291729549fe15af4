/* The caller's passkeys: register, list, rename and delete. */

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
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
#include "schema/identity/passkey.h"

static action_fn get_registration_options, create_passkey, list_passkeys,
    rename_passkey, delete_passkey;

static const struct body_field create_body[] = {
	{ "response", BODY_RECORD, BODY_REQUIRED },
	{ "name", BODY_STRING, 0 },
	{ "createSession", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field rename_body[] = {
	{ "id", BODY_STRING, BODY_REQUIRED },
	{ "name", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field delete_body[] = {
	{ "id", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct query_param options_params[] = {
	{ "name", PARAM_TEXT, "the name of the passkey", NULL },
	{ "authenticatorAttachment", PARAM_TEXT,
	    "the kind of authenticators (default: all)",
	    PARAM_WORDS("platform", "cross-platform") },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/passkey/generate-register-options",
	    get_registration_options, SESSION_FRESH, ROUTE_NO_IMPERSONATION,
	    .params = options_params,
	    .summary = "Get the options for a new passkey",
	    .returns =
		"{challenge:string,rp:{name:string,id:string},user:{id:string,"
		"name:string,displayName:string},pubKeyCredParams:[{alg:"
		"integer,type:string}],timeout:integer,attestation:string,"
		"excludeCredentials:[PasskeyDescriptor],"
		"authenticatorSelection:{residentKey:string,"
		"userVerification:string,authenticatorAttachment?:string,"
		"requireResidentKey:boolean},extensions:{credProps:boolean},"
		"hints:[string]}" },
	{ METHOD_POST, "/api/auth/passkey/verify-registration", create_passkey,
	    SESSION_FRESH, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = create_body,
	    .takes = "{response:{id:string,rawId:string,type:string,response:{"
		     "clientDataJSON:string,attestationObject:string,"
		     "transports?:[string]},clientExtensionResults?:object,"
		     "authenticatorAttachment?:string?}}",
	    .summary = "Store a new passkey", .returns = "Passkey" },
	{ METHOD_GET, "/api/auth/passkey/list-user-passkeys", list_passkeys,
	    SESSION_USER, .summary = "List the passkeys of the caller",
	    .returns = "[Passkey]" },
	{ METHOD_POST, "/api/auth/passkey/update-passkey", rename_passkey,
	    SESSION_USER, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = rename_body, .summary = "Rename a passkey",
	    .returns = "{passkey:Passkey}" },
	{ METHOD_POST, "/api/auth/passkey/delete-passkey", delete_passkey,
	    SESSION_USER, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = delete_body, .summary = "Delete a passkey",
	    .returns = "Status" },
	{ .action = NULL },
};

const struct module passkeys_module = { .name = "passkeys", .routes = routes };

#define HANDLE_BYTES 32

static enum problem_code
get_registration_options(struct request *rq, struct response *rs)
{
	struct passkey_challenge challenge = passkey_ask(rq);
	const char *attachment;
	struct db_step step;
	enum problem_code err;

	if ((err = param_word(rq, "authenticatorAttachment", &attachment)) !=
	    PROBLEM_NONE)
		return err;
	step = identity_passkey_creation(rq->arena, .secret = challenge.secret,
	    .challenge = challenge.text, .rp_id = passkey_rp_id(rq),
	    .handle = token_base64url(rq->arena, HANDLE_BYTES),
	    .name = param_text(rq, "name"), .attachment = attachment,
	    .limited = rq->config->rate_limit);
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	passkey_options(rq, rs, &challenge, &step);
	return PROBLEM_NONE;
}

/* Consumes the caller's registration challenge. */
static enum problem_code
take_challenge(struct request *rq, const char **challenge)
{
	const char *secret = passkey_secret(rq), *refusal;
	struct db_step step =
	    identity_begin_passkey_registration(rq->arena, .secret = secret);
	enum problem_code err;

	*challenge = NULL;
	if (*rq->headers.origin == '\0')
		return session_refuse(rq, "FAILED_TO_VERIFY_REGISTRATION");
	if (secret == NULL)
		return session_refuse(rq, "CHALLENGE_NOT_FOUND");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	refusal = db_text(&step, 0, BEGIN_PASSKEY_REGISTRATION_REFUSAL);
	if (refusal != NULL)
		return request_fail_better_auth(rq, refusal);
	*challenge = db_text(&step, 0, BEGIN_PASSKEY_REGISTRATION_CHALLENGE);
	return PROBLEM_NONE;
}

static const char *
trim_name(struct arena *a, const char *text)
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

/*
 * Stores a passkey. Also opens a session with this token unless token is NULL.
 */
static enum problem_code
store_passkey(struct request *rq, const struct credential *made,
    const char *name, const char *token, struct db_step *step)
{
	*step = identity_register_passkey(rq->arena,
	    .passkey_id = token_new(rq->arena),
	    .name = trim_name(rq->arena, name), .credential_id = made->id,
	    .public_key = made->public_key,
	    .counter =
		arena_printf(rq->arena, "%lu", (unsigned long)made->counter),
	    .user_verified = made->verified, .synced = made->synced,
	    .backed_up = made->backed_up, .transports = made->transports,
	    .aaguid = made->aaguid,
	    .session_id = token != NULL ? token_new(rq->arena) : NULL,
	    .token_hash = token != NULL ? token_hash(rq->arena, token) : NULL,
	    .address = rq->headers.address, .user_agent = request_agent(rq));
	step->answer = true;
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
	return store_passkey(
	    rq, &made, json_get_text(body, "name"), token, step);
}

static enum problem_code
create_passkey(struct request *rq, struct response *rs)
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
list_passkeys(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_passkeys(rq->arena));
}

static enum problem_code
rename_passkey(struct request *rq, struct response *rs)
{
	const char *name;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	name = trim_name(rq->arena, json_get_text(body, "name"));
	if (*name == '\0')
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.name] Too small: expected string to have >=1 "
		    "characters");
	return answer_write(rq, rs,
	    identity_rename_passkey(rq->arena,
		.passkey_id = json_get_text(body, "id"), .name = name));
}

static enum problem_code
delete_passkey(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_delete_passkey(
		rq->arena, .passkey_id = json_get_text(body, "id")));
}
