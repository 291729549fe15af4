/* One-time codes by email: sign-in, address verification and password reset. */

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/mailed_link.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/email_code.h"

static action_fn send_code, send_reset, check_code, sign_in, verify_email,
    reset_password;

static const struct body_field email_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field send_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "type", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field check_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "type", BODY_STRING, BODY_REQUIRED },
	{ "otp", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ .name = NULL },
};

static const struct body_field code_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "otp", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ .name = NULL },
};

static const struct body_field sign_in_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "otp", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ "name", BODY_STRING, 0 },
	{ "image", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct body_field reset_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "otp", BODY_STRING, BODY_REQUIRED | BODY_SECRET },
	{ "password", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/email-otp/send-verification-otp", send_code,
	    SESSION_NONE, ROUTE_SIGNS_IN | ROUTE_BODY, .body = send_body,
	    .summary = "Send a code by email", .returns = "Success" },
	{ METHOD_POST, "/api/auth/email-otp/check-verification-otp", check_code,
	    SESSION_NONE, ROUTE_BODY, .body = check_body,
	    .summary = "Check a code", .returns = "Success" },
	{ METHOD_POST, "/api/auth/email-otp/verify-email", verify_email,
	    SESSION_NONE, ROUTE_SIGNS_IN | ROUTE_BODY, .body = code_body,
	    .summary = "Verify an address with a code",
	    .returns = "{status:boolean,token:string?,user:User}" },
	{ METHOD_POST, "/api/auth/sign-in/email-otp", sign_in, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_BODY, .body = sign_in_body,
	    .summary = "Sign in or sign up with a code",
	    .returns = "SignedIn|SecondFactor" },
	{ METHOD_POST, "/api/auth/email-otp/request-password-reset", send_reset,
	    SESSION_NONE, ROUTE_BODY, .body = email_body,
	    .summary = "Send a code for a new password by email",
	    .returns = "Success" },
	{ METHOD_POST, "/api/auth/forget-password/email-otp", send_reset,
	    SESSION_NONE, ROUTE_BODY, .body = email_body,
	    .summary = "Send a code for a new password by email, at the former "
		       "path",
	    .returns = "Success" },
	{ METHOD_POST, "/api/auth/email-otp/reset-password", reset_password,
	    SESSION_NONE, ROUTE_HASHES | ROUTE_BODY, .body = reset_body,
	    .summary = "Set a new password with a code", .returns = "Success" },
	{ .action = NULL },
};

const struct module email_otp_module = { .name = "email_otp",
	.routes = routes };

static const char success[] = "{\"success\":true}";

/* The purposes of a code, as Better Auth spells them. */
static const char *const purposes[] = { "email-verification", "sign-in",
	"forget-password", "change-email", NULL };

static bool
has_rate_limit(const struct request *rq)
{
	return rq->config->rate_limit;
}

/* Returns the path under which attempts are counted. */
static const char *
counted_path(const struct request *rq)
{
	return rq->path + strlen("/api/auth");
}

/*
 * Returns the stored form of a code: a MAC with the server's secret, bound to
 * one address and one purpose.
 */
static const char *
code_mac(struct request *rq, const char *purpose, const char *email,
    const char *code)
{
	char *text = arena_printf(rq->arena, "%s %s %s", purpose, email, code),
	     *s;

	for (s = text; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	return token_mac(rq->arena, rq->config->secret, text, strlen(text));
}

static enum problem_code
read_body(struct request *rq, struct json_object **body, const char **email)
{
	enum problem_code err;

	if ((err = body_read(rq, body)) != PROBLEM_NONE)
		return err;
	*email = json_get_text(*body, "email");
	return address_public(*email)
	    ? PROBLEM_NONE
	    : request_fail_better_auth(rq, "INVALID_EMAIL");
}

static enum problem_code
check_type(struct request *rq, const char *type)
{
	const char *const *p;

	for (p = purposes; *p != NULL; p++)
		if (strcmp(*p, type) == 0)
			return PROBLEM_NONE;
	return request_fail(rq, PROBLEM_INVALID,
	    "[body.type] Invalid option: expected one of "
	    "\"email-verification\"|\"sign-in\"|\"forget-password\"|"
	    "\"change-email\"");
}

/* Runs a step that returns JSON. The refused member is a Better Auth code. */
static enum problem_code
run_step(struct request *rq, struct db_step *step, struct json_object **answer)
{
	struct json_error error;
	enum problem_code err;
	const char *refused;

	if ((err = session_write(rq, step, 1)) != PROBLEM_NONE)
		return err;
	*answer = json_parse(
	    rq->arena, db_text(step, 0, 0), db_len(step, 0, 0), &error);
	refused = json_get_text(*answer, "refused");
	return refused == NULL ? PROBLEM_NONE
			       : request_fail_better_auth(rq, refused);
}

/*
 * Emails a code. Performs the same writes for an unknown address, but sends no
 * email.
 */
static enum problem_code
mail_code(struct request *rq, struct response *rs, const char *purpose,
    const char *email)
{
	const char *code = token_digits(rq->arena, token_new(rq->arena));
	struct db_step step =
	    identity_request_code(rq->arena, .purpose = purpose, .email = email,
		.mac = code_mac(rq, purpose, email, code), .code = code,
		.language = request_language(rq), .path = counted_path(rq),
		.address = rq->headers.address, .limited = has_rate_limit(rq),
		.open = config_admits(rq->config, email));
	enum problem_code err;

	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, success, strlen(success));
	return PROBLEM_NONE;
}

static enum problem_code
send_code(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *email, *type;
	enum problem_code err;

	if ((err = read_body(rq, &body, &email)) != PROBLEM_NONE)
		return err;
	type = json_get_text(body, "type");
	if ((err = check_type(rq, type)) != PROBLEM_NONE)
		return err;
	if (strcmp(type, "change-email") == 0)
		return request_fail_better_auth(rq, "INVALID_OTP_TYPE");
	return mail_code(rq, rs, type, email);
}

static enum problem_code
send_reset(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	const char *email;

	if ((err = read_body(rq, &body, &email)) != PROBLEM_NONE)
		return err;
	return mail_code(rq, rs, "forget-password", email);
}

/* Checks a code without consuming it. */
static enum problem_code
check_unused_code(struct request *rq, const char *purpose, const char *email,
    const char *code)
{
	struct db_step step = identity_check_code(rq->arena, .purpose = purpose,
	    .email = email, .mac = code_mac(rq, purpose, email, code),
	    .path = counted_path(rq), .address = rq->headers.address,
	    .limited = has_rate_limit(rq));
	struct json_object *answer;

	return run_step(rq, &step, &answer);
}

static enum problem_code
check_code(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *email, *type;
	enum problem_code err;

	if ((err = read_body(rq, &body, &email)) != PROBLEM_NONE)
		return err;
	type = json_get_text(body, "type");
	if ((err = check_type(rq, type)) != PROBLEM_NONE ||
	    (err = check_unused_code(
		 rq, type, email, json_get_text(body, "otp"))) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, success, strlen(success));
	return PROBLEM_NONE;
}

static void
answer_verified(struct request *rq, struct response *rs, const char *token,
    struct json_object *answer)
{
	bool present, entered = json_get_bool(answer, "entered", false);
	bool own = json_get_bool(answer, "own", false);
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"status\":true,\"token\":");
	if (entered)
		buf_json(&b, token);
	else
		buf_puts(&b, "null");
	buf_printf(
	    &b, ",\"user\":%s}", json_text(json_get(answer, "user", &present)));
	response_json(rs, 200, b.data, b.len);
	if (entered || own)
		response_session(rs, rq, token, entered || rq->remembered);
}

static enum problem_code
sign_in(struct request *rq, struct response *rs)
{
	const char *email, *token, *said;
	struct db_step step;
	struct json_object *body, *answer;
	enum problem_code err;
	struct second_factor_challenge challenge;
	struct buf b;

	if ((err = read_body(rq, &body, &email)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, "session");
	second_factor_challenge_init(&challenge, rq);
	step = identity_enter_by_code(rq->arena, .email = email,
	    .mac = code_mac(rq, "sign-in", email, json_get_text(body, "otp")),
	    .name = json_get_text(body, "name"),
	    .image = json_get_text(body, "image"),
	    .new_id = token_new(rq->arena), .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .caller_hash = session_hash(rq), .address = rq->headers.address,
	    .user_agent = request_agent(rq), .limited = has_rate_limit(rq),
	    .open = config_admits(rq->config, email),
	    .language = request_language(rq), .second_factor = challenge.json);
	step.answer = true;
	if ((err = run_step(rq, &step, &answer)) != PROBLEM_NONE)
		return err;
	said = db_text(&step, 0, 0);
	if (second_factor_challenge_answer(&challenge, rq, rs, said, true))
		return PROBLEM_NONE;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"token\":\"%s\",\"user\":%s}", token, said);
	response_json(rs, 200, b.data, b.len);
	response_session(rs, rq, token, true);
	second_factor_challenge_renew(&challenge, rq, rs, said);
	return PROBLEM_NONE;
}

static enum problem_code
verify_email(struct request *rq, struct response *rs)
{
	const char *email, *token;
	struct db_step step;
	struct json_object *body, *answer;
	enum problem_code err;

	if ((err = read_body(rq, &body, &email)) != PROBLEM_NONE)
		return err;
	token = session_new_token(rq, "session");
	step = identity_verify_by_code(rq->arena, .email = email,
	    .mac = code_mac(
		rq, "email-verification", email, json_get_text(body, "otp")),
	    .caller_hash = session_hash(rq),
	    .signed_up = mailed_link_kept_user(rq),
	    .may_enter = rq->config->require_verification,
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token),
	    .address = rq->headers.address, .user_agent = request_agent(rq),
	    .language = request_language(rq), .limited = has_rate_limit(rq));
	step.answer = true;
	if ((err = run_step(rq, &step, &answer)) != PROBLEM_NONE)
		return err;
	answer_verified(rq, rs, token, answer);
	return PROBLEM_NONE;
}

/* Consumes the code and sets the password in one transaction. */
static enum problem_code
store_password(struct request *rq, const char *email, const char *code,
    const char *password)
{
	struct db_step step = identity_reset_by_code(rq->arena, .email = email,
	    .mac = code_mac(rq, "forget-password", email, code),
	    .password = password_hash(rq->arena, password, strlen(password)),
	    .language = request_language(rq));
	struct json_object *answer;

	step.answer = true;
	return run_step(rq, &step, &answer);
}

static enum problem_code
reset_password(struct request *rq, struct response *rs)
{
	const char *email, *code, *password, *flaw;
	struct json_object *body;
	enum problem_code err;
	struct db_step kept;

	if ((err = read_body(rq, &body, &email)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	code = json_get_text(body, "otp");
	password = json_get_text(body, "password");
	if (kept.result == NULL) {
		flaw = password_flaw(password, strlen(password));
		if (flaw != NULL)
			return request_fail_better_auth(rq, flaw);
		/* Do not hash a password for an invalid code. */
		if ((err = check_unused_code(
			 rq, "forget-password", email, code)) != PROBLEM_NONE ||
		    (err = store_password(rq, email, code, password)) !=
			PROBLEM_NONE)
			return err;
	}
	response_json(rs, 200, success, strlen(success));
	return PROBLEM_NONE;
}
