/* Starts signing in with or linking an OAuth provider. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/discovery.h"
#include "fcgi/oidc/oauth_state.h"
#include "fcgi/oidc/provider.h"
#include "handlers/auth/oauth_sign_in.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/oauth.h"

static action_fn sign_in, link_account;

static const struct body_field social_body[] = {
	{ "provider", BODY_STRING, BODY_REQUIRED },
	{ "callbackURL", BODY_STRING, 0 },
	{ "newUserCallbackURL", BODY_STRING, 0 },
	{ "errorCallbackURL", BODY_STRING, 0 },
	{ "disableRedirect", BODY_BOOLEAN, 0 },
	{ "idToken", BODY_RECORD, BODY_SECRET },
	{ "scopes", BODY_STRINGS, 0 },
	{ "requestSignUp", BODY_BOOLEAN, 0 },
	{ "loginHint", BODY_STRING, 0 },
	{ "additionalParams", BODY_RECORD, 0 },
	{ "additionalData", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/sign-in/social", sign_in, SESSION_NONE,
	    ROUTE_BODY | ROUTE_FETCHES, .body = social_body,
	    .takes = "{idToken:{token:string,nonce?:string,accessToken?:string,"
		     "refreshToken?:string},additionalParams:{*:string}}",
	    .summary =
		"Sign in with a provider: get its URL, or send an ID token",
	    .returns = "Address|{redirect:boolean,token:string,user:User}" },
	{ METHOD_POST, "/api/auth/link-social", link_account, SESSION_USER,
	    ROUTE_BODY | ROUTE_FETCHES | ROUTE_NO_IMPERSONATION,
	    .body = social_body,
	    .takes = "{idToken:{token:string,nonce?:string,accessToken?:string,"
		     "refreshToken?:string},additionalParams:{*:string}}",
	    .summary = "Link an account of a provider",
	    .returns = "{url:string,redirect:boolean,status?:boolean}" },
	{ .action = NULL },
};

const struct module social_module = { .name = "social", .routes = routes };

#define STATE_SECONDS 300

/* Authorization URL parameters that only the server may set. */
static const char *const reserved[] = { "state", "client_id", "redirect_uri",
	"response_type", "code_challenge", "code_challenge_method", "nonce",
	"scope", NULL };

#define RESERVED                                                               \
	"[body.additionalParams] additionalParams cannot include reserved "    \
	"OAuth parameters: state, client_id, redirect_uri, response_type, "    \
	"code_challenge, code_challenge_method, nonce, scope"

static enum problem_code
check_params(struct request *rq, struct json_object *params)
{
	const char *const *r;

	if (params == NULL)
		return PROBLEM_NONE;
	json_object_object_foreach(params, name, value)
	{
		for (r = reserved; *r != NULL; r++)
			if (strcmp(name, *r) == 0)
				return request_fail(
				    rq, PROBLEM_INVALID, "%s", RESERVED);
		if (!json_object_is_type(value, json_type_string))
			return request_fail(rq, PROBLEM_INVALID,
			    "[body.additionalParams.%s] Invalid input: "
			    "expected string",
			    name);
	}
	return PROBLEM_NONE;
}

static struct json_object *
json_member(struct json_object *o, const char *name)
{
	bool present;

	return json_get(o, name, &present);
}

/*
 * Reads the body. *token is an ID token, which makes a redirect unnecessary, or
 * NULL.
 */
static enum problem_code
read_body(
    struct request *rq, struct json_object **body, struct json_object **token)
{
	enum problem_code err;

	if ((err = body_read(rq, body)) != PROBLEM_NONE ||
	    (err = check_params(rq, json_member(*body, "additionalParams"))) !=
		PROBLEM_NONE)
		return err;
	*token = json_member(*body, "idToken");
	if (*token != NULL && json_get_text(*token, "token") == NULL)
		return request_fail(rq, PROBLEM_INVALID,
		    "[body.idToken.token] Invalid input: expected string, "
		    "received undefined");
	return PROBLEM_NONE;
}

/* Stores the OAuth state until the browser returns. */
static enum problem_code
store_state(
    struct request *rq, bool link, const char *state, const char *sealed)
{
	struct db_step step = identity_oauth_begin(
	    rq->arena, .state = state, .contents = sealed, .link = link);

	return session_write(rq, &step, 1);
}

static const char *
invite_of(struct json_object *body)
{
	return json_get_text(
	    json_member(body, "additionalData"), "inviteToken");
}

static const char *
text_or(const char *text, const char *fallback)
{
	return text != NULL && *text != '\0' ? text : fallback;
}

static const char *
new_verifier(struct arena *a)
{
	return arena_printf(a, "%s%s%s%s", token_new(a), token_new(a),
	    token_new(a), token_new(a));
}

static enum problem_code
find_endpoints(
    struct request *rq, struct provider *p, const struct endpoints **at)
{
	bool answered;

	if ((*at = discovery_endpoints(rq, p, &answered)) != NULL)
		return PROBLEM_NONE;
	if (answered)
		return request_fail_better_auth(
		    rq, "INVALID_OAUTH_CONFIGURATION");
	return request_refuse(rq, "provider_silent");
}

/* Responds with the provider's authorization URL. */
static void
answer_url(struct request *rq, struct response *rs, const char *url,
    const char *state, bool redirect)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"url\":");
	buf_json(&b, url);
	buf_printf(&b, ",\"redirect\":%s}", redirect ? "true" : "false");
	response_json(rs, 200, b.data, b.len);
	if (redirect)
		rs->location = response_url(rq, url);
	response_cookie(rs, rq, "state", state, STATE_SECONDS);
}

static enum problem_code
set_out(struct request *rq, struct response *rs, struct provider *p,
    struct json_object *body, bool link)
{
	struct oauth_state state = { .provider = p->id,
		.verifier = new_verifier(rq->arena),
		.nonce = p->kind == PROVIDER_OIDC ? token_new(rq->arena) : NULL,
		.callback_url = text_or(
		    json_get_text(body, "callbackURL"), rq->config->base_url),
		.error_url =
		    text_or(json_get_text(body, "errorCallbackURL"), NULL),
		.new_user_url =
		    text_or(json_get_text(body, "newUserCallbackURL"), NULL),
		.invite = invite_of(body),
		.signup = json_get_bool(body, "requestSignUp", false) };
	struct oauth_request errand = { .state = token_new(rq->arena),
		.verifier = state.verifier,
		.nonce = state.nonce,
		.login_hint = json_get_text(body, "loginHint"),
		.scopes = json_member(body, "scopes"),
		.params = json_member(body, "additionalParams") };
	const struct endpoints *at;
	enum problem_code err;

	/* This call checks the session before any request to the provider. */
	if ((err = store_state(rq, link, errand.state,
		 oauth_state_seal(rq, &state))) != PROBLEM_NONE ||
	    (err = find_endpoints(rq, p, &at)) != PROBLEM_NONE)
		return err;
	answer_url(rq, rs, oauth_url(rq, p, at, &errand), errand.state,
	    !json_get_bool(body, "disableRedirect", false));
	return PROBLEM_NONE;
}

/* Verifies an ID token that the page received from the provider. */
static enum problem_code
read_token(struct request *rq, struct provider *p, struct json_object *token,
    struct oauth_sign_in *a)
{
	*a = (struct oauth_sign_in){ .provider = p,
		.grant = { .id_token = json_get_text(token, "token"),
		    .access_token = json_get_text(token, "accessToken"),
		    .refresh_token = json_get_text(token, "refreshToken") } };
	if (p->kind != PROVIDER_OIDC)
		return request_fail_better_auth(rq, "ID_TOKEN_NOT_SUPPORTED");
	if (!userinfo_from_tokens(
		rq, p, &a->grant, json_get_text(token, "nonce"), &a->who))
		return request_fail_better_auth(rq, "INVALID_TOKEN");
	if (a->who.email == NULL)
		return request_fail_better_auth(rq, "USER_EMAIL_NOT_FOUND");
	return PROBLEM_NONE;
}

/*
 * Replaces the database's refusal with the error for responses without a
 * redirect.
 */
static enum problem_code
explain_refusal(struct request *rq, enum problem_code err)
{
	static const struct {
		const char *code, *says;
	} refusals[] = {
		{ "account_not_linked",
		    "OAUTH_LINK_ERROR: account not linked" },
		{ "signup_disabled", "OAUTH_LINK_ERROR: signup disabled" },
		{ "EMAIL_PASSWORD_SIGN_UP_DISABLED",
		    "OAUTH_LINK_ERROR: signup disabled" },
		{ "unable_to_link_account", "LINKING_NOT_ALLOWED" },
		{ "email_does_not_match",
		    "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED" },
		{ "account_already_linked_to_different_user",
		    "SOCIAL_ACCOUNT_ALREADY_LINKED" },
	};
	size_t i;

	for (i = 0; err == PROBLEM_BETTER_AUTH &&
	     i < sizeof refusals / sizeof *refusals;
	     i++)
		if (strcmp(rq->problem.better_auth, refusals[i].code) == 0)
			return request_fail_better_auth(rq, refusals[i].says);
	return err;
}

static enum problem_code
enter_by_token(struct request *rq, struct response *rs, struct provider *p,
    struct json_object *body, struct json_object *token)
{
	const char *session = session_new_token(rq, "session");
	struct oauth_sign_in a;
	struct db_step user;
	enum problem_code err;
	struct buf b;

	if ((err = read_token(rq, p, token, &a)) != PROBLEM_NONE)
		return err;
	a.invite = invite_of(body);
	a.asked = json_get_bool(body, "requestSignUp", false);
	if ((err = oauth_sign_in_enter(rq, &a, session, &user)) != PROBLEM_NONE)
		return explain_refusal(rq, err);
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"redirect\":false,\"token\":\"%s\",\"user\":%s}",
	    session, db_text(&user, 0, OAUTH_ENTER_ACCOUNT));
	response_json(rs, 200, b.data, b.len);
	response_session(rs, rq, session, true);
	return PROBLEM_NONE;
}

static enum problem_code
sign_in(struct request *rq, struct response *rs)
{
	struct json_object *body, *token;
	enum problem_code err;
	struct provider *p;

	if ((err = read_body(rq, &body, &token)) != PROBLEM_NONE)
		return err;
	p = provider_find(rq->providers, json_get_text(body, "provider"));
	if (p == NULL)
		return request_fail_better_auth(rq, "PROVIDER_NOT_FOUND");
	return token != NULL ? enter_by_token(rq, rs, p, body, token)
			     : set_out(rq, rs, p, body, false);
}

static enum problem_code
link_by_token(struct request *rq, struct response *rs, struct provider *p,
    struct json_object *token)
{
	static const char done[] =
	    "{\"url\":\"\",\"status\":true,\"redirect\":false}";
	struct db_step none = { .result = NULL };
	enum problem_code err;
	struct oauth_sign_in a;

	/* Check the session before any request to the provider. */
	if ((err = session_read(rq, &none, 0)) != PROBLEM_NONE ||
	    (err = read_token(rq, p, token, &a)) != PROBLEM_NONE)
		return err;
	if ((err = oauth_sign_in_link(rq, &a, NULL, NULL)) != PROBLEM_NONE)
		return explain_refusal(rq, err);
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}

static enum problem_code
link_account(struct request *rq, struct response *rs)
{
	struct json_object *body, *token;
	enum problem_code err;
	struct provider *p;

	if ((err = read_body(rq, &body, &token)) != PROBLEM_NONE)
		return err;
	p = provider_find(rq->providers, json_get_text(body, "provider"));
	if (p == NULL)
		return session_refuse(rq, "PROVIDER_NOT_FOUND");
	return token != NULL ? link_by_token(rq, rs, p, token)
			     : set_out(rq, rs, p, body, true);
}
