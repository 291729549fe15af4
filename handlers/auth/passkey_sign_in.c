/* Sign-in with a passkey. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/passkey.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/event.h"
#include "schema/identity/passkey.h"

static action_fn get_sign_in_options, sign_in;

static const struct body_field sign_in_body[] = {
	{ "response", BODY_RECORD, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/passkey/generate-authenticate-options",
	    get_sign_in_options,
	    .summary = "Get the options for a sign-in with a passkey",
	    .returns = "{rpId:string,challenge:string,allowCredentials?:"
		       "[PasskeyDescriptor],timeout:integer,"
		       "userVerification:string}" },
	{ METHOD_POST, "/api/auth/passkey/verify-authentication", sign_in,
	    SESSION_NONE, ROUTE_BODY, .body = sign_in_body,
	    .takes = "{response:{id:string,rawId:string,type:string,response:{"
		     "clientDataJSON:string,authenticatorData:string,signature:"
		     "string,userHandle?:string?},clientExtensionResults?:"
		     "object,authenticatorAttachment?:string?}}",
	    .summary = "Sign in with a passkey", .returns = "SessionOfUser" },
	{ .action = NULL },
};

const struct module passkey_sign_in_module = {
	.name = "passkey_sign_in",
	.routes = routes,
};

/*
 * Responds with options, which list the caller's passkeys only if the caller is
 * signed in.
 */
static enum problem_code
get_sign_in_options(struct request *rq, struct response *rs)
{
	struct passkey_challenge challenge = passkey_ask(rq);
	struct db_step step;
	enum problem_code err;

	step = identity_passkey_request(rq->arena, .secret = challenge.secret,
	    .challenge = challenge.text, .rp_id = passkey_rp_id(rq),
	    .token_hash =
		rq->token != NULL ? token_hash(rq->arena, rq->token) : NULL,
	    .limited = rq->config->rate_limit);
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	passkey_options(rq, rs, &challenge, &step);
	return PROBLEM_NONE;
}

static const char unfit[] = "AUTHENTICATION_FAILED/UNFIT";

/* Consumes the challenge and finds the passkey in the response. */
static enum problem_code
find_passkey(
    struct request *rq, const char *credential_id, struct db_step *found)
{
	const char *secret = passkey_secret(rq), *refusal;
	enum problem_code err;

	*found = identity_begin_passkey_sign_in(
	    rq->arena, .secret = secret, .credential_id = credential_id);
	if (*rq->headers.origin == '\0')
		return request_fail_better_auth(rq, "ORIGIN_MISSING");
	if (secret == NULL)
		return request_fail_better_auth(rq, "CHALLENGE_NOT_FOUND");
	if ((err = session_write(rq, found, 1)) != PROBLEM_NONE)
		return err;
	refusal = db_text(found, 0, BEGIN_PASSKEY_SIGN_IN_REFUSAL);
	return refusal == NULL ? PROBLEM_NONE
			       : request_fail_better_auth(rq, refusal);
}

/* Logs a refused passkey. The refusal changes no row. */
static enum problem_code
refuse_passkey(struct request *rq, const char *credential_id,
    const struct db_step *found, const char *code)
{
	struct db_step step =
	    identity_log_refusal(rq->arena, .account = credential_id,
		.subject = db_text(found, 0, BEGIN_PASSKEY_SIGN_IN_USER_ID),
		.action = "passkey.refused", .user_agent = request_agent(rq));
	enum problem_code err;

	rq->problem = (struct problem){ 0 };
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return request_fail_better_auth(rq, code);
}

static enum problem_code
open_session(struct request *rq, const struct db_step *found,
    const struct credential *used, const char *token,
    const struct second_factor_challenge *challenge, struct db_step *step)
{
	*step = identity_passkey_sign_in(rq->arena,
	    .passkey_id = db_text(found, 0, BEGIN_PASSKEY_SIGN_IN_PASSKEY_ID),
	    .counter =
		arena_printf(rq->arena, "%lu", (unsigned long)used->counter),
	    .verified = used->verified, .backed_up = used->backed_up,
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .address = rq->headers.address, .user_agent = request_agent(rq),
	    .second_factor = challenge->json);
	step->answer = true;
	return session_write(rq, step, 1);
}

static enum problem_code
check_and_open(struct request *rq, const struct json_object *response,
    const char *token, const struct second_factor_challenge *challenge,
    struct db_step *step)
{
	const char *id = json_get_text(response, "id");
	struct ceremony ceremony;
	struct credential used;
	enum problem_code err;
	struct db_step found;

	if ((err = find_passkey(rq, id, &found)) != PROBLEM_NONE)
		return err;
	ceremony = passkey_ceremony(
	    rq, db_text(&found, 0, BEGIN_PASSKEY_SIGN_IN_CHALLENGE));
	switch (webauthn_assert(rq->arena, &ceremony, response,
	    db_text(&found, 0, BEGIN_PASSKEY_SIGN_IN_PUBLIC_KEY), &used)) {
	case WEBAUTHN_GOOD:
		break;
	case WEBAUTHN_FORGED:
		return refuse_passkey(rq, id, &found, "AUTHENTICATION_FAILED");
	default:
		return refuse_passkey(rq, id, &found, unfit);
	}
	err = open_session(rq, &found, &used, token, challenge, step);
	if (err == PROBLEM_BETTER_AUTH &&
	    strcmp(rq->problem.better_auth, unfit) == 0)
		return refuse_passkey(rq, id, &found, unfit);
	return err;
}

static enum problem_code
sign_in(struct request *rq, struct response *rs)
{
	const char *token = session_new_token(rq, "session"), *said;
	struct json_object *body;
	enum problem_code err;
	struct db_step step;
	struct second_factor_challenge challenge;
	bool present;

	second_factor_challenge_init(&challenge, rq);
	challenge.trusted = NULL; /* trusted devices apply only to passwords */
	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &step)) != PROBLEM_NONE)
		return err;
	if (step.result == NULL &&
	    (err = check_and_open(rq, json_get(body, "response", &present),
		 token, &challenge, &step)) != PROBLEM_NONE)
		return err;
	said = db_text(&step, 0, 0);
	if (!second_factor_challenge_answer(&challenge, rq, rs, said, true))
		passkey_enter(rq, rs, token, said);
	return PROBLEM_NONE;
}
