/*
 * Self-service sign-up for an organization, and public information about the
 * organization.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/membership/signup_session.h"

#define POLICY "{enabled:boolean,tiers:[string],activates:boolean}"
#define STATE_MEMBERS                                                          \
	"organization:string,email:string,entered:Entered,verified:boolean,"   \
	"completed:boolean,expires_at:time,account:boolean?}"
#define STATE "{" STATE_MEMBERS
#define HELD                                                                   \
	{ "organization", BODY_STRING, BODY_REQUIRED | BODY_FILLED },          \
	{                                                                      \
		"token", BODY_STRING,                                          \
		    BODY_REQUIRED | BODY_FILLED | BODY_SECRET                  \
	}
#define AT "/api/signup_sessions"

static action_fn get_policy, set_policy, get_offer, begin, resume, send_code,
    verify, keep_entered, complete;

static const struct body_field policy_body[] = {
	{ "enabled", BODY_BOOLEAN, BODY_REQUIRED },
	{ "tiers", BODY_LIST, BODY_REQUIRED },
	{ "activates", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct body_field begin_body[] = {
	{ "organization", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "email", BODY_EMAIL, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field held_body[] = {
	HELD,
	{ .name = NULL },
};

static const struct body_field proof_body[] = {
	{ "organization", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "token", BODY_STRING, BODY_FILLED | BODY_SECRET },
	{ "code", BODY_STRING, BODY_FILLED | BODY_SECRET },
	{ "link", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field entered_body[] = {
	HELD,
	{ "entered", BODY_RECORD, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field complete_body[] = {
	HELD,
	{ "password", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct query_param offer_params[] = {
	{ "organization", PARAM_TEXT, "the slug of the organization", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/signup_policy", get_policy, SESSION_ADMIN,
	    .summary = "Get the conditions under which visitors can join",
	    .returns = POLICY },
	{ METHOD_PUT, "/api/signup_policy", set_policy, SESSION_ADMIN,
	    ROUTE_BODY, .body = policy_body, .takes = "{tiers:[string]}",
	    .summary = "Set the conditions under which visitors can join",
	    .returns = POLICY },
	{ METHOD_GET, AT "/offer", get_offer, SESSION_NONE,
	    .params = offer_params,
	    .summary = "List the membership tiers that a visitor can choose",
	    .returns = "{organization:string,tiers:[string]}" },
	{ METHOD_POST, AT, begin, SESSION_NONE, ROUTE_BODY, .body = begin_body,
	    .summary = "Begin a sign-up as a member, and send a code by email",
	    .returns = "{token:string," STATE_MEMBERS, .status = 201 },
	{ METHOD_POST, AT "/resume", resume, SESSION_NONE, ROUTE_BODY,
	    .body = held_body, .summary = "Resume a sign-up",
	    .returns = STATE },
	{ METHOD_POST, AT "/code", send_code, SESSION_NONE, ROUTE_BODY,
	    .body = held_body, .summary = "Send another code",
	    .returns = STATE },
	{ METHOD_POST, AT "/verify", verify, SESSION_NONE, ROUTE_BODY,
	    .body = proof_body,
	    .summary = "Verify the address with the code or the emailed link",
	    .returns = "{token:string," STATE_MEMBERS },
	{ METHOD_PUT, AT "/entered", keep_entered, SESSION_NONE, ROUTE_BODY,
	    .body = entered_body, .takes = "{entered:Entered}",
	    .summary = "Store the entered data", .returns = STATE },
	{ METHOD_POST, AT "/complete", complete, SESSION_NONE, ROUTE_BODY,
	    .body = complete_body, .summary = "Complete a sign-up",
	    .returns = STATE },
	{ .action = NULL },
};

const struct module signup_sessions_module = {
	.name = "signup_sessions",
	.org_module = "membership",
	.routes = routes,
};

static enum problem_code
get_policy(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, membership_get_signup_policy(rq->arena));
}

static enum problem_code
set_policy(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_set_signup_policy(rq->arena,
		.enabled = json_get_bool(body, "enabled", false),
		.tiers = json_text(json_get(body, "tiers", &present)),
		.activates = json_get_bool(body, "activates", false)));
}

static enum problem_code
get_offer(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    membership_signup_offer(
		rq->arena, .slug = param_text(rq, "organization")));
}

/*
 * Returns the stored form of a code. A plain hash of six digits would be easy
 * to reverse.
 */
static const char *
code_mac(struct request *rq, const char *token, const char *code)
{
	const char *text = arena_printf(
	    rq->arena, "signup-code %s %s", token_hash(rq->arena, token), code);

	return token_mac(rq->arena, rq->config->secret, text, strlen(text));
}

static const char *
new_code(struct request *rq)
{
	return token_digits(rq->arena, session_new_token(rq, "signup-code"));
}

/*
 * Returns the emailed link. It contains a token that no response contains,
 * because the token proves the address. The token follows "#", so that no
 * server logs it.
 */
static const char *
link_of(struct request *rq, const char *slug, const char *link)
{
	return arena_printf(rq->arena, "%s/join/%s#link=%s",
	    rq->config->base_url, url_encode(rq->arena, slug), link);
}

/* Adds the token to the state, which does not contain it. */
static void
answer_with_token(struct request *rq, struct response *rs, int status,
    const char *token, const struct db_step *step)
{
	const char *text = arena_printf(
	    rq->arena, "{\"token\":\"%s\",%s", token, db_text(step, 0, 0) + 1);

	response_json(rs, status, text, strlen(text));
}

static enum problem_code
begin(struct request *rq, struct response *rs)
{
	const char *token = session_new_token(rq, "signup"),
		   *link = session_new_token(rq, "signup-link"),
		   *code = new_code(rq), *slug;
	struct json_object *body;
	struct db_step step;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	slug = json_get_text(body, "organization");
	step = membership_begin_signup(rq->arena, .slug = slug,
	    .email = json_get_text(body, "email"),
	    .token = token_hash(rq->arena, token),
	    .link_hash = token_hash(rq->arena, link),
	    .mac = code_mac(rq, token, code), .code = code,
	    .link = link_of(rq, slug, link), .language = request_language(rq));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_with_token(rq, rs, 201, token, &step);
	return PROBLEM_NONE;
}

/* The data in any request after the first one. hash is NULL without a token. */
struct held {
	struct json_object *body;
	const char *slug;
	const char *token;
	const char *hash;
};

static enum problem_code
read_held(struct request *rq, struct held *h)
{
	enum problem_code err;

	if ((err = body_read(rq, &h->body)) != PROBLEM_NONE)
		return err;
	h->slug = json_get_text(h->body, "organization");
	h->token = json_get_text(h->body, "token");
	h->hash = h->token != NULL ? token_hash(rq->arena, h->token) : NULL;
	return PROBLEM_NONE;
}

static enum problem_code
resume(struct request *rq, struct response *rs)
{
	enum problem_code err;
	struct held h;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_resume_signup(
		rq->arena, .slug = h.slug, .token = h.hash));
}

static enum problem_code
send_code(struct request *rq, struct response *rs)
{
	const char *code = new_code(rq),
		   *link = session_new_token(rq, "signup-link");
	enum problem_code err;
	struct held h;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_send_signup_code(rq->arena, .slug = h.slug,
		.token = h.hash, .link_hash = token_hash(rq->arena, link),
		.mac = code_mac(rq, h.token, code), .code = code,
		.link = link_of(rq, h.slug, link),
		.language = request_language(rq)));
}

/* Builds the step for a code with the token, or for an emailed link. */
static enum problem_code
prove_address(struct request *rq, const struct held *h, const char *new_token,
    struct db_step *step)
{
	const char *link = json_get_text(h->body, "link");
	const char *code = json_get_text(h->body, "code");
	const char *new_hash = token_hash(rq->arena, new_token);

	if (link != NULL) {
		*step = membership_follow_signup_link(rq->arena,
		    .slug = h->slug, .link = token_hash(rq->arena, link),
		    .token = h->hash, .new_token = new_hash);
		return PROBLEM_NONE;
	}
	if (code == NULL || h->token == NULL)
		return request_refuse(
		    rq, "required", code == NULL ? "code" : "token");
	*step = membership_verify_signup(rq->arena, .slug = h->slug,
	    .token = h->hash, .new_token = new_hash,
	    .mac = code_mac(rq, h->token, code));
	return PROBLEM_NONE;
}

/*
 * Gives a new token to a caller who proves the address. The transaction commits
 * even if the code is wrong, because the attempt counts.
 */
static enum problem_code
verify(struct request *rq, struct response *rs)
{
	const char *token = session_new_token(rq, "signup-proven");
	struct db_step step;
	enum problem_code err;
	struct held h;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE ||
	    (err = prove_address(rq, &h, token, &step)) != PROBLEM_NONE)
		return err;
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 0) == NULL)
		return request_refuse(rq, "code_wrong", "code");
	answer_with_token(rq, rs, 200, token, &step);
	return PROBLEM_NONE;
}

static enum problem_code
keep_entered(struct request *rq, struct response *rs)
{
	enum problem_code err;
	struct held h;
	bool present;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_keep_entered(rq->arena, .slug = h.slug, .token = h.hash,
		.entered = json_text(json_get(h.body, "entered", &present))));
}

/*
 * Hashes the password. This happens after all other checks, and only for a new
 * account.
 */
static enum problem_code
hash_password(struct request *rq, const struct held *h, const char **hashed)
{
	const char *password = json_get_text(h->body, "password"), *flaw;
	struct db_step step = membership_signup_needs(rq->arena,
	    .slug = h->slug, .token = h->hash, .session = session_hash(rq));
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE ||
	    strcmp(db_text(&step, 0, 0), "password") != 0)
		return err;
	if (password == NULL)
		return request_refuse(rq, "required", "password");
	if ((flaw = password_flaw(password, strlen(password))) != NULL)
		return request_fail_better_auth(rq, flaw);
	*hashed = password_hash(rq->arena, password, strlen(password));
	return PROBLEM_NONE;
}

static enum problem_code
complete(struct request *rq, struct response *rs)
{
	const char *hashed = NULL;
	enum problem_code err;
	struct held h;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE ||
	    (err = hash_password(rq, &h, &hashed)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_complete_signup(rq->arena, .slug = h.slug,
		.token = h.hash, .session = session_hash(rq),
		.user_id = token_new(rq->arena), .password = hashed));
}
