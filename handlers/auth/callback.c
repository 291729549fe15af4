/*
 * The OAuth callback, which is called when a browser returns from a provider.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/discovery.h"
#include "fcgi/oidc/oauth_state.h"
#include "fcgi/oidc/provider.h"
#include "handlers/auth/oauth_sign_in.h"
#include "lib/base/arena.h"
#include "lib/base/better_auth_error.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/oauth.h"

static action_fn come_back, come_by_form;

static const struct body_field form_fields[] = {
	{ "code", BODY_STRING, BODY_SECRET },
	{ "error", BODY_STRING, 0 },
	{ "device_id", BODY_STRING, 0 },
	{ "error_description", BODY_STRING, 0 },
	{ "state", BODY_STRING, 0 },
	{ "user", BODY_STRING, 0 },
	{ "iss", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param callback_params[] = {
	{ "code", PARAM_TEXT, "the authorization code", NULL },
	{ "error", PARAM_TEXT, "an error code of the provider", NULL },
	{ "device_id", PARAM_TEXT, "ignored; some providers send it", NULL },
	{ "error_description", PARAM_TEXT, "the description of the error",
	    NULL },
	{ "state", PARAM_TEXT, "the state of the sign-in", NULL },
	{ "user", PARAM_TEXT, "ignored; Apple sends the name in it", NULL },
	{ "iss", PARAM_TEXT, "the issuer, which must be the provider", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/callback/{id}", come_back, SESSION_NONE,
	    ROUTE_FETCHES, .status = 302, .params = callback_params,
	    .summary = "Handle the redirect from a provider" },
	{ METHOD_POST, "/api/auth/callback/{id}", come_by_form, SESSION_NONE,
	    ROUTE_BODY | ROUTE_FORM, .status = 302, .params = callback_params,
	    .body = form_fields,
	    .summary =
		"Handle the form that a provider sends to the redirect URL" },
	{ .action = NULL },
};

const struct module callback_module = { .name = "callback", .routes = routes };

#define ABOUT_MAX 1024 /* maximum number of bytes in a provider's explanation */

/* A browser that returns from a provider, and its stored OAuth state. */
struct comeback {
	struct request *rq;
	struct response *rs;
	struct oauth_state state;
	const char *user_id; /* the user who is linking an account, or NULL */
	const char *session_id;
	bool known; /* the browser has the state cookie, which is removed */
};

static enum problem_code
redirect_browser(struct comeback *c, const char *url)
{
	response_redirect(c->rs, c->rq, url);
	if (c->known)
		response_cookie(c->rs, c->rq, "state", NULL, 0);
	return PROBLEM_NONE;
}

/* Redirects to the application's error page, or to this server's error page. */
static enum problem_code
fail_sign_in(struct comeback *c, const char *code, const char *about)
{
	struct request *rq = c->rq;
	const char *url = c->state.error_url;
	struct buf b;

	if (url == NULL)
		url = arena_printf(
		    rq->arena, "%s/api/auth/error", rq->config->base_url);
	buf_init(&b, rq->arena);
	form_put(&b, "error", code);
	if (about != NULL && *about != '\0' && strlen(about) <= ABOUT_MAX)
		form_put(&b, "error_description", about);
	return redirect_browser(c, form_url(rq->arena, url, b.data));
}

/* Redirects the browser with the database's error code. */
static enum problem_code
fail_with(struct comeback *c, enum problem_code err)
{
	struct problem problem = c->rq->problem;
	const char *code = problem.better_auth;

	c->rq->problem = (struct problem){ 0 };
	if (err != PROBLEM_BETTER_AUTH)
		return fail_sign_in(c, "internal_server_error", NULL);
	if (strcmp(code, "EMAIL_PASSWORD_SIGN_UP_DISABLED") == 0)
		return fail_sign_in(c, "signup_disabled", NULL);
	better_auth_error_translate(c->rq->arena, &problem);
	return fail_sign_in(c, code, problem.detail);
}

/*
 * Reads and deletes the OAuth state, unless a different browser began the
 * sign-in.
 */
static bool
take_flow(struct comeback *c, const char *state)
{
	const char *cookie = better_auth_signed_cookie(c->rq, "state");
	struct db_step step;

	c->known = cookie != NULL && strcmp(cookie, state) == 0;
	step = identity_oauth_return(
	    c->rq->arena, .state = state, .same_browser = c->known);
	if (session_write(c->rq, &step, 1) != PROBLEM_NONE ||
	    db_rows(&step) != 1 ||
	    !oauth_state_open(
		c->rq, db_text(&step, 0, OAUTH_RETURN_CONTENTS), &c->state))
		return c->known = false;
	c->user_id = db_text(&step, 0, OAUTH_RETURN_USER_ID);
	c->session_id = db_text(&step, 0, OAUTH_RETURN_SESSION_ID);
	return c->known;
}

/*
 * Checks the provider's response before any request to the provider. The code
 * must come from the provider to which the browser was sent. Returns the error
 * code, or NULL if the response is valid.
 */
static const char *
response_flaw(struct comeback *c, struct provider *p)
{
	const char *iss = param_text(c->rq, "iss");
	const struct endpoints *at;
	bool answered;

	if (p == NULL)
		return "oauth_provider_not_found";
	if (strcmp(p->id, c->state.provider) != 0)
		return "state_mismatch";
	if (iss != NULL && *p->issuer != '\0' && strcmp(iss, p->issuer) != 0)
		return "issuer_mismatch";
	if (p->kind == PROVIDER_OIDC && c->state.nonce == NULL)
		return "nonce_binding_missing";
	if ((at = discovery_endpoints(c->rq, p, &answered)) == NULL)
		return "internal_server_error";
	return at->names_iss && iss == NULL ? "issuer_missing" : NULL;
}

static enum problem_code
open_session(struct comeback *c, const struct oauth_sign_in *a)
{
	const char *token = token_new(c->rq->arena);
	struct db_step user;
	enum problem_code err;
	bool is_new;

	if (a->who.email == NULL)
		return fail_sign_in(c, "email_not_found", NULL);
	if ((err = oauth_sign_in_enter(c->rq, a, token, &user)) != PROBLEM_NONE)
		return fail_with(c, err);
	is_new = db_bool(&user, 0, OAUTH_ENTER_IS_NEW) &&
	    c->state.new_user_url != NULL;
	(void)redirect_browser(
	    c, is_new ? c->state.new_user_url : c->state.callback_url);
	response_session(c->rs, c->rq, token, true);
	return PROBLEM_NONE;
}

/* Exchanges the code. No transaction is open while the provider responds. */
static enum problem_code
exchange_code(struct comeback *c, struct provider *p, const char *code)
{
	struct oauth_sign_in a = { .provider = p,
		.invite = c->state.invite,
		.asked = c->state.signup };
	enum problem_code err;

	if (!oauth_exchange(c->rq, p, code, c->state.verifier, &a.grant))
		return fail_sign_in(c, "invalid_code", NULL);
	if (!userinfo_from_tokens(c->rq, p, &a.grant, c->state.nonce, &a.who))
		return fail_sign_in(c, "unable_to_get_user_info", NULL);
	if (c->user_id == NULL)
		return open_session(c, &a);
	err = oauth_sign_in_link(c->rq, &a, c->user_id, c->session_id);
	return err == PROBLEM_NONE ? redirect_browser(c, c->state.callback_url)
				   : fail_with(c, err);
}

static enum problem_code
come_back(struct request *rq, struct response *rs)
{
	struct comeback c = { .rq = rq, .rs = rs };
	const char *state = param_text(rq, "state"), *code, *wrong;
	struct provider *p = provider_find(rq->providers, rq->id);

	if (state == NULL || *state == '\0')
		return fail_sign_in(&c, "state_not_found", NULL);
	if (!take_flow(&c, state))
		return fail_sign_in(&c, "state_mismatch", NULL);
	if ((wrong = param_text(rq, "error")) != NULL && *wrong != '\0')
		return fail_sign_in(
		    &c, wrong, param_text(rq, "error_description"));
	code = param_text(rq, "code");
	if (code == NULL || *code == '\0')
		return fail_sign_in(&c, "no_code", NULL);
	if ((wrong = response_flaw(&c, p)) != NULL)
		return fail_sign_in(&c, wrong, NULL);
	return exchange_code(&c, p, code);
}

/*
 * Redirects a form to the GET route. Some providers send a form, and browsers
 * send no cookies with a form from a different site.
 */
static enum problem_code
come_by_form(struct request *rq, struct response *rs)
{
	const struct body_field *f;
	struct json_object *body;
	enum problem_code err;
	const char *value;
	struct buf b;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	if (provider_find(rq->providers, rq->id) == NULL) {
		struct comeback c = { .rq = rq, .rs = rs };

		return fail_sign_in(&c, "oauth_provider_not_found", NULL);
	}
	buf_init(&b, rq->arena);
	for (f = rq->route->body; f->name != NULL; f++) {
		value = param_text(rq, f->name);
		if (value == NULL)
			value = json_get_text(body, f->name);
		if (value != NULL)
			form_put(&b, f->name, value);
	}
	response_redirect(rs, rq,
	    arena_printf(rq->arena, "%s/api/auth/callback/%s?%s",
		rq->config->base_url, rq->id, b.data));
	return PROBLEM_NONE;
}
