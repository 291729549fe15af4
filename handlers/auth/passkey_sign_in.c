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

/* Who is signed in is told which passkeys they have; nobody else is. */
static enum problem_code
options(struct request *rq, struct response *rs)
{
	struct passkey_challenge challenge = passkey_ask(rq);
	const char *params[5];
	struct db_step step = {
		.sql = SQL("SELECT identity.passkey_request($1, $2, $3, "
			   "$4::bytea, $5::boolean)"),
		.params = params,
		.nparams = 5,
	};
	enum problem_code err;

	params[0] = challenge.secret;
	params[1] = challenge.text;
	params[2] = passkey_rp_id(rq);
	params[3] = rq->token != NULL ? token_hash(rq->arena, rq->token) : NULL;
	params[4] = rq->config->rate_limit ? "t" : "f";
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	passkey_options(rq, rs, &challenge, &step);
	return PROBLEM_NONE;
}

static const char unfit[] = "AUTHENTICATION_FAILED/UNFIT";

enum { CHALLENGE, PASSKEY_ID, USER_ID, PUBLIC_KEY, REFUSAL };

/* The challenge, which is spent now, and the passkey that is to answer it. */
static enum problem_code
find_passkey(
    struct request *rq, const char *credential_id, struct db_step *found)
{
	const char **params = arena_array(rq->arena, 2, sizeof *params);
	enum problem_code err;

	params[0] = passkey_secret(rq);
	params[1] = credential_id;
	*found = (struct db_step){
		.sql = SQL("SELECT challenge, passkey_id, user_id, public_key, "
			   "refusal FROM identity.begin_passkey_sign_in($1, "
			   "$2)"),
		.params = params,
		.nparams = 2,
	};
	if (*rq->headers.origin == '\0')
		return request_fail_better_auth(rq, "ORIGIN_MISSING");
	if (params[0] == NULL)
		return request_fail_better_auth(rq, "CHALLENGE_NOT_FOUND");
	if ((err = session_write(rq, found, 1)) != PROBLEM_NONE)
		return err;
	return db_text(found, 0, REFUSAL) == NULL
	    ? PROBLEM_NONE
	    : request_fail_better_auth(rq, db_text(found, 0, REFUSAL));
}

/* No row changes when a known passkey is refused, but the log has it. */
static enum problem_code
refuse(struct request *rq, const char *credential_id,
    const struct db_step *found, const char *code)
{
	const char *params[] = { credential_id, db_text(found, 0, USER_ID),
		request_agent(rq) };
	struct db_step step = {
		.sql = SQL("SELECT identity.log_refusal($1, $2, "
			   "'passkey.refused', $3)::text"),
		.params = params,
		.nparams = 3,
	};
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
	const char **params = arena_array(rq->arena, 9, sizeof *params);

	params[0] = db_text(found, 0, PASSKEY_ID);
	params[1] =
	    arena_printf(rq->arena, "%lu", (unsigned long)used->counter);
	params[2] = used->verified ? "t" : "f";
	params[3] = used->backed_up ? "t" : "f";
	params[4] = token_new(rq->arena);
	params[5] = token_hash(rq->arena, token);
	params[6] = rq->headers.address;
	params[7] = request_agent(rq);
	params[8] = challenge->json;
	*step = (struct db_step){
		.sql = SQL("SELECT identity.passkey_sign_in($1, $2::bigint, "
			   "$3::boolean, $4::boolean, $5, $6::bytea, $7, $8, "
			   "$9::json)"),
		.params = params,
		.nparams = 9,
		.answer = true,
	};
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
	ceremony = passkey_ceremony(rq, db_text(&found, 0, CHALLENGE));
	switch (webauthn_assert(rq->arena, &ceremony, response,
	    db_text(&found, 0, PUBLIC_KEY), &used)) {
	case WEBAUTHN_GOOD:
		break;
	case WEBAUTHN_FORGED:
		return refuse(rq, id, &found, "AUTHENTICATION_FAILED");
	default:
		return refuse(rq, id, &found, unfit);
	}
	err = open_session(rq, &found, &used, token, challenge, step);
	if (err == PROBLEM_BETTER_AUTH &&
	    strcmp(rq->problem.better_auth, unfit) == 0)
		return refuse(rq, id, &found, unfit);
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
	challenge.trusted =
	    NULL; /* a device that is trusted after a password */
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

static const struct body_field sign_in_body[] = {
	{ "response", BODY_RECORD, true, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/passkey/generate-authenticate-options",
	    options, .summary = "Options to use a passkey with" },
	{ METHOD_POST, "/api/auth/passkey/verify-authentication", sign_in,
	    SESSION_NONE, ROUTE_BODY, .body = sign_in_body,
	    .summary = "Sign in with a passkey" },
	{ .action = NULL },
};

const struct module passkey_sign_in_module = {
	.name = "passkey_sign_in",
	.routes = routes,
};
