/* The OAuth callback: a browser comes back from a provider. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
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

#define ABOUT_MAX 1024 /* bytes of a provider's explanation worth passing on */

/* Somebody on the way back, and what is known of where they set out. */
struct comeback {
	struct request *rq;
	struct response *rs;
	struct oauth_state state;
	const char *user_id; /* who wants to link an account, or NULL */
	const char *session_id;
	bool known; /* the browser that set out: its cookie has done its work */
};

static enum problem_code
leave(struct comeback *c, const char *url)
{
	response_redirect(c->rs, c->rq, url);
	if (c->known)
		response_cookie(c->rs, c->rq, "state", NULL, 0);
	return PROBLEM_NONE;
}

/* To the page for errors that the application named, or to our own. */
static enum problem_code
fail(struct comeback *c, const char *code, const char *about)
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
	return leave(c, form_url(rq->arena, url, b.data));
}

/* Whatever the database refuses ends in the browser as well. */
static enum problem_code
fail_with(struct comeback *c, enum problem_code err)
{
	struct problem problem = c->rq->problem;
	const char *code = problem.better_auth;

	c->rq->problem = (struct problem){ 0 };
	if (err != PROBLEM_BETTER_AUTH)
		return fail(c, "internal_server_error", NULL);
	if (strcmp(code, "EMAIL_PASSWORD_SIGN_UP_DISABLED") == 0)
		return fail(c, "signup_disabled", NULL);
	better_auth_error_translate(c->rq->arena, &problem);
	return fail(c, code, problem.detail);
}

/*
 * The state is used up here, whatever comes of it, unless this is not the
 * browser that set out.
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
 * What is wrong with the answer of the provider, before it is asked anything
 * itself; NULL: nothing.  The code goes only to whom the person was sent.
 */
static const char *
flaw(struct comeback *c, struct provider *p)
{
	const char *iss = request_param(c->rq, "iss");
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
enter(struct comeback *c, const struct oauth_sign_in *a)
{
	const char *token = token_new(c->rq->arena);
	struct db_step user;
	enum problem_code err;
	bool is_new;

	if (a->who.email == NULL)
		return fail(c, "email_not_found", NULL);
	if ((err = oauth_sign_in_enter(c->rq, a, token, &user)) != PROBLEM_NONE)
		return fail_with(c, err);
	is_new = db_bool(&user, 0, OAUTH_ENTER_IS_NEW) &&
	    c->state.new_user_url != NULL;
	(void)leave(c, is_new ? c->state.new_user_url : c->state.callback_url);
	response_session(c->rs, c->rq, token, true);
	return PROBLEM_NONE;
}

/* The code is for the provider; no transaction is open while it is asked. */
static enum problem_code
arrive(struct comeback *c, struct provider *p, const char *code)
{
	struct oauth_sign_in a = { .provider = p,
		.invite = c->state.invite,
		.asked = c->state.signup };
	enum problem_code err;

	if (!oauth_exchange(c->rq, p, code, c->state.verifier, &a.grant))
		return fail(c, "invalid_code", NULL);
	if (!userinfo_from_tokens(c->rq, p, &a.grant, c->state.nonce, &a.who))
		return fail(c, "unable_to_get_user_info", NULL);
	if (c->user_id == NULL)
		return enter(c, &a);
	err = oauth_sign_in_link(c->rq, &a, c->user_id, c->session_id);
	return err == PROBLEM_NONE ? leave(c, c->state.callback_url)
				   : fail_with(c, err);
}

static enum problem_code
come_back(struct request *rq, struct response *rs)
{
	struct comeback c = { .rq = rq, .rs = rs };
	const char *state = request_param(rq, "state"), *code, *wrong;
	struct provider *p = provider_find(rq->providers, rq->id);

	if (state == NULL || *state == '\0')
		return fail(&c, "state_not_found", NULL);
	if (!take_flow(&c, state))
		return fail(&c, "state_mismatch", NULL);
	if ((wrong = request_param(rq, "error")) != NULL && *wrong != '\0')
		return fail(&c, wrong, request_param(rq, "error_description"));
	code = request_param(rq, "code");
	if (code == NULL || *code == '\0')
		return fail(&c, "no_code", NULL);
	if ((wrong = flaw(&c, p)) != NULL)
		return fail(&c, wrong, NULL);
	return arrive(&c, p, code);
}

/*
 * Some providers send a form.  Cookies do not come with it from another site,
 * so the browser is sent on to the same place once more, by itself.
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

		return fail(&c, "oauth_provider_not_found", NULL);
	}
	buf_init(&b, rq->arena);
	for (f = rq->route->body; f->name != NULL; f++) {
		value = request_param(rq, f->name);
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

static const struct body_field form_fields[] = {
	{ "code", BODY_STRING, false, false },
	{ "error", BODY_STRING, false, false },
	{ "device_id", BODY_STRING, false, false },
	{ "error_description", BODY_STRING, false, false },
	{ "state", BODY_STRING, false, false },
	{ "user", BODY_STRING, false, false },
	{ "iss", BODY_STRING, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/auth/callback/{id}", come_back, SESSION_NONE,
	    ROUTE_FETCHES, .status = 302,
	    .summary = "Where a provider sends the browser back to" },
	{ METHOD_POST, "/api/auth/callback/{id}", come_by_form, SESSION_NONE,
	    ROUTE_BODY | ROUTE_FORM, .status = 302, .body = form_fields,
	    .summary = "The same, by a form" },
	{ .action = NULL },
};

const struct module callback_module = { .name = "callback", .routes = routes };
