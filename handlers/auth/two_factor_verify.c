/* Verifies second-factor codes. */

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"
#include "lib/crypto/totp.h"
#include "schema/identity/two_factor.h"

static action_fn verify_totp, verify_backup_code, verify_mail, send_mail;

static const struct body_field code_body[] = {
	{ "code", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ "trustDevice", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field backup_code_body[] = {
	{ "code", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ "disableSession", BODY_BOOLEAN, 0 },
	{ "trustDevice", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field send_body[] = {
	{ "trustDevice", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/two-factor/verify-totp", verify_totp,
	    SESSION_NONE, ROUTE_BODY, .body = code_body,
	    .summary =
		"Sign in, or enroll, with the code of an authenticator app",
	    .returns = "{token?:string,user:User}" },
	{ METHOD_POST, "/api/auth/two-factor/verify-backup-code",
	    verify_backup_code, SESSION_NONE, ROUTE_BODY,
	    .body = backup_code_body, .summary = "Sign in with a backup code",
	    .returns = "{token?:string,user:User}" },
	{ METHOD_POST, "/api/auth/two-factor/send-otp", send_mail, SESSION_NONE,
	    ROUTE_BODY, .body = send_body,
	    .summary = "Send a second-factor code by email",
	    .returns = "Status" },
	{ METHOD_POST, "/api/auth/two-factor/verify-otp", verify_mail,
	    SESSION_NONE, ROUTE_BODY, .body = code_body,
	    .summary = "Sign in, or enroll, with an emailed code",
	    .returns = "{token?:string,user:User}" },
	{ .action = NULL },
};

const struct module two_factor_verify_module = { .name = "second_factor",
	.routes = routes };

/*
 * Second-factor codes, from a signed-in user or from a user with a challenge.
 * The database verifies them. One transaction counts the attempt, consumes the
 * code and opens a session.
 */

/* A code that is prepared for the database. */
struct proof {
	const char *factor; /* the name in identity.verify_second_factor() */
	const char *seen;   /* the authenticator's encrypted secret */
	const char *step;   /* time step of the TOTP code, or NULL */
	const char *hash;   /* hash of a stored code */
};

/*
 * Finds the encrypted secret of the request's user. *sealed is NULL if there is
 * none.
 */
static enum problem_code
find_secret(struct request *rq, const char **sealed)
{
	struct db_step found = identity_second_factor_secret(rq->arena,
	    .token_hash = session_hash(rq),
	    .challenge = better_auth_signed_cookie(rq, "two_factor"));
	enum problem_code err = session_read(rq, &found, 1);

	if (err == PROBLEM_NONE)
		*sealed = db_text(&found, 0, 0);
	return err;
}

/*
 * Prepares a TOTP code. If there is no secret, the database refuses the code
 * with the reason.
 */
static enum problem_code
prove_totp(struct request *rq, const char *code, struct proof *proof)
{
	enum problem_code err;
	const char *secret;
	long long step;

	proof->factor = "totp";
	if ((err = find_secret(rq, &proof->seen)) != PROBLEM_NONE ||
	    proof->seen == NULL)
		return err;
	secret = secretbox_open(rq->arena, rq->config->secrets, proof->seen);
	if (secret == NULL)
		return request_refuse(rq, "secret_changed");
	step = totp_step(rq->arena, secret, code, time(NULL));
	if (step != 0)
		proof->step = arena_printf(rq->arena, "%lld", step);
	return PROBLEM_NONE;
}

/* Verifies the code in the database. The verdict is a JSON object. */
static enum problem_code
verify_in_database(struct request *rq, struct json_object *body,
    const struct proof *proof, const char *token, const char *trust,
    struct db_step *verdict)
{
	*verdict = identity_verify_second_factor(rq->arena,
	    .factor = proof->factor, .seen = proof->seen, .step = proof->step,
	    .code_hash = proof->hash, .token_hash = session_hash(rq),
	    .challenge = better_auth_signed_cookie(rq, "two_factor"),
	    .session_id = token_new(rq->arena),
	    .new_token_hash = token_hash(rq->arena, token), .trust = trust,
	    .open = !json_get_bool(body, "disableSession", false),
	    .address = rq->headers.address, .user_agent = request_agent(rq));
	verdict->answer = true;
	return session_write(rq, verdict, 1);
}

/* Removes the cookie of a challenge with no attempts left. */
static enum problem_code
refuse_code(
    struct request *rq, struct response *rs, struct json_object *verdict)
{
	const char *code = json_get_text(verdict, "refusal");
	bool present;

	(void)request_fail_better_auth(rq, arena_strdup(rq->arena, code));
	rq->problem.retry_after =
	    json_object_get_int(json_get(verdict, "wait", &present));
	if (strcmp(code, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE") != 0)
		return PROBLEM_BETTER_AUTH;
	response_problem(rs, rq);
	if (rq->token == NULL)
		response_cookie(rs, rq, "two_factor", NULL, 0);
	return PROBLEM_NONE;
}

static void
answer_session(struct request *rq, struct response *rs, const char *token,
    struct json_object *user)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	if (token != NULL)
		buf_printf(&b, "\"token\":\"%s\",", token);
	buf_printf(&b, "\"user\":%s}", json_text(user));
	response_json(rs, 200, b.data, b.len);
}

/*
 * Responds with the session. trust is the secret of a device to trust, or NULL.
 */
static void
accept_code(struct request *rq, struct response *rs,
    struct json_object *verdict, const char *token, const char *trust)
{
	const char *session = json_get_text(verdict, "session");
	struct json_object *user;
	bool opened, present;

	opened = session != NULL && strcmp(session, "new") == 0;
	user = json_get(verdict, "user", &present);
	if (session != NULL && !opened)
		token = rq->token;
	answer_session(rq, rs, session != NULL ? token : NULL, user);
	if (opened)
		response_session(
		    rs, rq, token, json_get_bool(verdict, "remember", true));
	if (!opened || !json_get_bool(verdict, "entered", false))
		return;
	response_cookie(rs, rq, "two_factor", NULL, 0);
	if (trust != NULL) {
		second_factor_challenge_trust(
		    rq, rs, json_get_text(user, "id"), trust);
		response_cookie(rs, rq, "dont_remember", NULL, 0);
	}
}

static enum problem_code
answer_verdict(struct request *rq, struct response *rs,
    const struct db_step *step, const char *token, const char *trust)
{
	struct json_object *verdict;
	struct json_error error;

	verdict = json_parse(
	    rq->arena, db_text(step, 0, 0), db_len(step, 0, 0), &error);
	if (verdict == NULL)
		return request_refuse(rq, "no_verdict");
	if (json_get_text(verdict, "refusal") != NULL)
		return refuse_code(rq, rs, verdict);
	accept_code(rq, rs, verdict, token, trust);
	return PROBLEM_NONE;
}

/*
 * Removes spaces from the code. Apps and emails show codes with spaces, and
 * people copy them.
 */
static const char *
plain_code(struct request *rq, struct json_object *body)
{
	const char *from = json_get_text(body, "code");
	char *code = arena_strdup(rq->arena, from), *to = code;

	for (; *from != '\0'; from++)
		if (!isspace((unsigned char)*from))
			*to++ = *from;
	*to = '\0';
	return code;
}

typedef enum problem_code prove_fn(
    struct request *, const char *code, struct proof *);

static enum problem_code
verify_code(struct request *rq, struct response *rs, prove_fn *prove)
{
	struct proof proof = { .factor = NULL };
	const char *token, *trust;
	struct json_object *body;
	struct db_step verdict;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &verdict)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, "session");
	trust = json_get_bool(body, "trustDevice", false)
	    ? second_factor_challenge_new_trust(rq)
	    : NULL;
	if (verdict.result == NULL &&
	    ((err = prove(rq, plain_code(rq, body), &proof)) != PROBLEM_NONE ||
		(err = verify_in_database(rq, body, &proof, token, trust,
		     &verdict)) != PROBLEM_NONE))
		return err;
	return answer_verdict(rq, rs, &verdict, token, trust);
}

static enum problem_code
verify_totp(struct request *rq, struct response *rs)
{
	return verify_code(rq, rs, prove_totp);
}

static enum problem_code
prove_backup_code(struct request *rq, const char *code, struct proof *proof)
{
	const char *secrets = rq->config->secrets, *secret;

	/*
	 * Compute a hash with each secret, because the code may be older than
	 * the current secret.
	 */
	proof->factor = "backup-code";
	proof->hash = "\\x";
	while ((secret = token_secret(rq->arena, &secrets)) != NULL)
		proof->hash = arena_printf(rq->arena, "%s%s", proof->hash,
		    token_code_hash(rq->arena, secret, "backup-code", code) +
			2);
	return PROBLEM_NONE;
}

static enum problem_code
verify_backup_code(struct request *rq, struct response *rs)
{
	return verify_code(rq, rs, prove_backup_code);
}

static enum problem_code
prove_mail(struct request *rq, const char *code, struct proof *proof)
{
	proof->factor = "mail";
	proof->hash = token_code_hash(
	    rq->arena, rq->config->secret, "two-factor-mail", code);
	return PROBLEM_NONE;
}

static enum problem_code
verify_mail(struct request *rq, struct response *rs)
{
	if (!rq->config->two_factor_mail)
		return request_fail_better_auth(rq, "OTP_NOT_CONFIGURED");
	return verify_code(rq, rs, prove_mail);
}

static enum problem_code
send_mail(struct request *rq, struct response *rs)
{
	const char *code =
	    token_digits(rq->arena, session_new_token(rq, "two-factor-mail"));
	struct db_step step =
	    identity_send_second_factor(rq->arena, .code = code,
		.code_hash = token_code_hash(
		    rq->arena, rq->config->secret, "two-factor-mail", code),
		.token_hash = session_hash(rq),
		.challenge = better_auth_signed_cookie(rq, "two_factor"),
		.language = request_language(rq),
		.limited = rq->config->rate_limit);
	struct json_object *body, *said;
	struct json_error error;
	enum problem_code err;

	step.answer = true;
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (!rq->config->two_factor_mail)
		return request_fail_better_auth(
		    rq, "OTP_NOT_CONFIGURED: otp isn't configured");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	said = json_parse(
	    rq->arena, db_text(&step, 0, 0), db_len(&step, 0, 0), &error);
	if (said != NULL && json_get_text(said, "refusal") != NULL)
		return refuse_code(rq, rs, said);
	return response_row(rq, rs, 200, &step);
}
