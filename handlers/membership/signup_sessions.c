/* Joining an organization by oneself, and what the organization says of it. */

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
	"organization:string,email:string,entered:object,verified:boolean,"    \
	"completed:boolean,expires_at:time,account:boolean?}"
#define STATE "{" STATE_MEMBERS

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

/* The stored form: a plain hash of six digits would be easy to invert. */
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

/* The token is behind #, so that no server logs it. */
static const char *
link_of(struct request *rq, const char *slug, const char *token)
{
	return arena_printf(rq->arena, "%s/join/%s#token=%s",
	    rq->config->base_url, url_encode(rq->arena, slug), token);
}

/* Adds the token to the state, which does not have it. */
static enum problem_code
begin(struct request *rq, struct response *rs)
{
	const char *token = session_new_token(rq, "signup"),
		   *code = new_code(rq), *slug, *text;
	struct json_object *body;
	struct db_step step;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	slug = json_get_text(body, "organization");
	step = membership_begin_signup(rq->arena, .slug = slug,
	    .email = json_get_text(body, "email"),
	    .token = token_hash(rq->arena, token),
	    .mac = code_mac(rq, token, code), .code = code,
	    .link = link_of(rq, slug, token), .language = request_language(rq));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	text = arena_printf(
	    rq->arena, "{\"token\":\"%s\",%s", token, db_text(&step, 0, 0) + 1);
	response_json(rs, 201, text, strlen(text));
	return PROBLEM_NONE;
}

/* What all further requests have. */
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
	h->hash = token_hash(rq->arena, h->token);
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
	const char *code = new_code(rq);
	enum problem_code err;
	struct held h;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_send_signup_code(rq->arena, .slug = h.slug,
		.token = h.hash, .mac = code_mac(rq, h.token, code),
		.code = code, .link = link_of(rq, h.slug, h.token),
		.language = request_language(rq)));
}

/* The transaction commits for a wrong code, too, since it counts. */
static enum problem_code
verify(struct request *rq, struct response *rs)
{
	struct db_step step;
	enum problem_code err;
	struct held h;

	if ((err = read_held(rq, &h)) != PROBLEM_NONE)
		return err;
	step =
	    membership_verify_signup(rq->arena, .slug = h.slug, .token = h.hash,
		.mac = code_mac(rq, h.token, json_get_text(h.body, "code")));
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, VERIFY_SIGNUP_VERIFIED) == NULL)
		return request_fail_field(
		    rq, PROBLEM_INVALID, "code", "is wrong or has expired");
	return response_row(rq, rs, 200, &step);
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

/* A password is hashed for a new account, and only after all else is there. */
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
		return request_fail_field(
		    rq, PROBLEM_INVALID, "password", "is missing");
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

static const struct body_field policy_body[] = {
	{ "enabled", BODY_BOOLEAN, true, false },
	{ "tiers", BODY_LIST, true, false },
	{ "activates", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

static const struct body_field begin_body[] = {
	{ "organization", BODY_STRING, true, true },
	{ "email", BODY_EMAIL, true, true },
	{ .name = NULL },
};

#define HELD                                                                   \
	{ "organization", BODY_STRING, true, true },                           \
	{                                                                      \
		"token", BODY_STRING, true, true                               \
	}

static const struct body_field held_body[] = {
	HELD,
	{ .name = NULL },
};

static const struct body_field code_body[] = {
	HELD,
	{ "code", BODY_STRING, true, true },
	{ .name = NULL },
};

static const struct body_field entered_body[] = {
	HELD,
	{ "entered", BODY_RECORD, true, false },
	{ .name = NULL },
};

static const struct body_field complete_body[] = {
	HELD,
	{ "password", BODY_STRING, false, true },
	{ .name = NULL },
};

static const struct query_param offer_params[] = {
	{ "organization", PARAM_TEXT, "the slug of the organization", NULL },
	{ .name = NULL },
};

#define AT "/api/signup_sessions"

static const struct route routes[] = {
	{ METHOD_GET, "/api/signup_policy", get_policy, SESSION_ADMIN,
	    .summary = "Whether and how visitors join by themselves",
	    .returns = POLICY },
	{ METHOD_PUT, "/api/signup_policy", set_policy, SESSION_ADMIN,
	    ROUTE_BODY, .body = policy_body,
	    .summary = "Let visitors join by themselves, or not",
	    .returns = POLICY },
	{ METHOD_GET, AT "/offer", get_offer, SESSION_NONE,
	    .params = offer_params,
	    .summary = "What a visitor of an organization can join",
	    .returns = "{organization:string,tiers:[string]}" },
	{ METHOD_POST, AT, begin, SESSION_NONE, ROUTE_BODY, .body = begin_body,
	    .summary = "Begin to join an organization; mails a code",
	    .returns = "{token:string," STATE_MEMBERS, .status = 201 },
	{ METHOD_POST, AT "/resume", resume, SESSION_NONE, ROUTE_BODY,
	    .body = held_body, .summary = "Continue to join",
	    .returns = STATE },
	{ METHOD_POST, AT "/code", send_code, SESSION_NONE, ROUTE_BODY,
	    .body = held_body, .summary = "Mail another code",
	    .returns = STATE },
	{ METHOD_POST, AT "/verify", verify, SESSION_NONE, ROUTE_BODY,
	    .body = code_body, .summary = "Prove the address with the code",
	    .returns = STATE },
	{ METHOD_PUT, AT "/entered", keep_entered, SESSION_NONE, ROUTE_BODY,
	    .body = entered_body, .summary = "Keep what was entered",
	    .returns = STATE },
	{ METHOD_POST, AT "/complete", complete, SESSION_NONE, ROUTE_BODY,
	    .body = complete_body, .summary = "Join", .returns = STATE },
	{ .action = NULL },
};

const struct module signup_sessions_module = {
	.name = "signup_sessions",
	.org_module = "membership",
	.routes = routes,
};
