/* Sign-in with an email address and a password. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/known_device.h"
#include "handlers/auth/mailed_link.h"
#include "handlers/auth/proof_of_work.h"
#include "handlers/auth/second_factor_challenge.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/email.h"
#include "schema/identity/event.h"
#include "schema/identity/sign_in.h"

static action_fn sign_in;

static const struct body_field sign_in_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED },
	{ "password", BODY_STRING, BODY_REQUIRED },
	{ "callbackURL", BODY_STRING, 0 },
	{ "rememberMe", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/sign-in/email", sign_in, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_HASHES | ROUTE_BODY | ROUTE_FORM,
	    .body = sign_in_body, .summary = "Sign in with a password",
	    .returns = "{redirect:boolean,token:string,url?:string,user:User}|"
		       "SecondFactor" },
	{ .action = NULL },
};

const struct module sign_in_module = { .name = "sign_in", .routes = routes };

/*
 * Counts the attempt and reads the user's id and password hash. There is no row
 * for an unknown user.
 */
static enum problem_code
find_account(struct request *rq, const char *email, struct db_step *found)
{
	*found = identity_sign_in_begin(rq->arena, .email = email,
	    .address = rq->headers.address, .path = "/sign-in/email",
	    .limited = rq->config->rate_limit, .device = known_device_read(rq),
	    .work = proof_of_work_read(rq));
	return session_read(rq, found, 1);
}

/* Logs a refused password. The refusal changes no row. */
static enum problem_code
refuse_sign_in(struct request *rq, const char *email, const char *user)
{
	struct db_step step =
	    identity_log_refusal(rq->arena, .account = email, .subject = user,
		.action = "sign-in.refused", .user_agent = request_agent(rq));
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return request_fail_better_auth(rq, "INVALID_EMAIL_OR_PASSWORD");
}

/*
 * Checks the password. The check takes as long for an unknown user as for a
 * wrong password.
 */
static enum problem_code
check_password(struct request *rq, const struct db_step *found,
    const char *email, const char *password, const char **rehashed)
{
	const char *hash = db_rows(found) == 1
	    ? db_text(found, 0, SIGN_IN_BEGIN_PASSWORD)
	    : NULL;
	size_t len = strlen(password);

	*rehashed = NULL;
	switch (password_verify(rq->arena, hash, password, len)) {
	case PASSWORD_RIGHT:
		return PROBLEM_NONE;
	case PASSWORD_OUTDATED:
		*rehashed = password_hash(rq->arena, password, len);
		return PROBLEM_NONE;
	default:
		return refuse_sign_in(rq, email,
		    db_rows(found) == 1
			? db_text(found, 0, SIGN_IN_BEGIN_USER_ID)
			: NULL);
	}
}

/* Emails a link if the password is correct but the address is not verified. */
static enum problem_code
refuse_unverified(struct request *rq, struct response *rs,
    const struct db_step *found, const char *email, const char *callback)
{
	const char *user_id = db_text(found, 0, SIGN_IN_BEGIN_USER_ID);
	struct db_step mail = identity_mail_verification(rq->arena,
	    .user_id = user_id, .email = email,
	    .link = mailed_link(rq,
		&(struct mailed_link){
		    .user_id = user_id, .email = email, .callback = callback }),
	    .language = request_language(rq),
	    .limited = rq->config->rate_limit);
	enum problem_code err = session_write(rq, &mail, 1);

	if (err != PROBLEM_NONE)
		return err;
	(void)request_fail_better_auth(rq, "EMAIL_NOT_VERIFIED");
	response_problem(rs, rq);
	mailed_link_keep_user(rs, rq, user_id);
	return PROBLEM_NONE;
}

/* Opens a session or a second-factor challenge. */
static enum problem_code
open_session(struct request *rq, const struct db_step *found, const char *token,
    bool remember, const char *rehashed,
    const struct second_factor_challenge *challenge, struct db_step *user)
{
	/*
	 * verified is the hash that was compared. It must still be the stored
	 * hash.
	 */
	*user = identity_sign_in(rq->arena,
	    .user_id = db_text(found, 0, SIGN_IN_BEGIN_USER_ID),
	    .session_id = token_new(rq->arena),
	    .token_hash = token_hash(rq->arena, token), .remember = remember,
	    .address = rq->headers.address, .user_agent = request_agent(rq),
	    .new_password = rehashed,
	    .verified = db_text(found, 0, SIGN_IN_BEGIN_PASSWORD),
	    .second_factor = challenge->json, .device = known_device_read(rq));
	user->answer = true;
	return session_write(rq, user, 1);
}

/* Responds with the session. url is the page's next location, or NULL. */
static void
answer_session(struct request *rq, struct response *rs, const char *token,
    const char *user, const char *url)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"redirect\":%s,\"token\":\"%s\",",
	    url != NULL ? "true" : "false", token);
	if (url != NULL) {
		buf_puts(&b, "\"url\":");
		buf_json(&b, url);
		buf_puts(&b, ",");
	}
	buf_printf(&b, "\"user\":%s}", user);
	response_json(rs, 200, b.data, b.len);
}

static enum problem_code
sign_in(struct request *rq, struct response *rs)
{
	const char *email, *password, *rehashed, *token, *url, *said;
	struct db_step found, user;
	struct json_object *body;
	enum problem_code err;
	struct second_factor_challenge challenge;
	bool remember;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	email = json_get_text(body, "email");
	password = json_get_text(body, "password");
	remember = json_get_bool(body, "rememberMe", true);
	if (!address_public(email))
		return request_fail_better_auth(rq, "INVALID_EMAIL");
	if (password_length(password, strlen(password)) > PASSWORD_MAX)
		return request_fail_better_auth(rq, "PASSWORD_TOO_LONG");
	if ((err = find_account(rq, email, &found)) != PROBLEM_NONE ||
	    (err = check_password(rq, &found, email, password, &rehashed)) !=
		PROBLEM_NONE)
		return err;
	if (rq->config->require_verification &&
	    !db_bool(&found, 0, SIGN_IN_BEGIN_VERIFIED))
		return refuse_unverified(
		    rq, rs, &found, email, json_get_text(body, "callbackURL"));
	token = session_new_token(rq, "session");
	second_factor_challenge_init(&challenge, rq);
	if ((err = open_session(rq, &found, token, remember, rehashed,
		 &challenge, &user)) != PROBLEM_NONE)
		return err;
	url = json_get_text(body, "callbackURL");
	if (url != NULL && *url == '\0')
		url = NULL;
	said = db_text(&user, 0, 0);
	if (!second_factor_challenge_answer(
		&challenge, rq, rs, said, remember)) {
		answer_session(rq, rs, token, said, url);
		response_session(rs, rq, token, remember);
		second_factor_challenge_renew(&challenge, rq, rs, said);
	}
	if (url != NULL)
		rs->location = response_url(rq, url);
	return PROBLEM_NONE;
}
