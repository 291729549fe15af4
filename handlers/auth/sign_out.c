/* Ends the caller's session and, where possible, the provider's session. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/oidc/provider.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"
#include "schema/identity/session.h"

static action_fn sign_out;

static const struct body_field sign_out_body[] = {
	{ "callbackURL", BODY_STRING, 0 },
	{ "disableRedirect", BODY_BOOLEAN, 0 },
	{ "state", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/sign-out", sign_out, SESSION_NONE, ROUTE_BODY,
	    .body = sign_out_body, .summary = "Sign out",
	    .returns = "Success" },
	{ .action = NULL },
};

const struct module sign_out_module = { .name = "sign_out", .routes = routes };

/*
 * Returns the logout URL of the session's provider (OpenID Connect RP-Initiated
 * Logout), or NULL.
 */
static const char *
logout_url(struct request *rq, const char *left, struct json_object *body)
{
	const char *back = json_get_text(body, "callbackURL");
	const char *state = json_get_text(body, "state"), *id, *token, *url;
	struct provider *p = NULL;
	struct json_error error;
	struct json_object *o;
	struct buf b;

	o = json_parse(rq->arena, left, strlen(left), &error);
	url = json_get_text(o, "url");
	if ((id = json_get_text(o, "provider")) != NULL)
		p = provider_find(rq->providers, id);
	if (url == NULL || p == NULL)
		return NULL;
	token = json_get_text(o, "id_token");
	if (token != NULL)
		token = secretbox_open(rq->arena, rq->config->secrets, token);
	buf_init(&b, rq->arena);
	if (token != NULL)
		form_put(&b, "id_token_hint", token);
	if (back != NULL && *back != '\0')
		form_put(&b, "post_logout_redirect_uri",
		    url_absolute(rq->arena, rq->config->base_url, back));
	form_put(&b, "client_id", p->client_id);
	if (state != NULL && *state != '\0')
		form_put(&b, "state", state);
	return form_url(rq->arena, url, b.data);
}

/* Ends the session. Sets *left to the JSON that identity.sign_out() returns. */
static enum problem_code
end_session(struct request *rq, const char **left)
{
	struct db_step step;
	enum problem_code err;

	*left = "{}";
	if (rq->token == NULL)
		return PROBLEM_NONE;
	step = identity_sign_out(
	    rq->arena, .token_hash = token_hash(rq->arena, rq->token));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) == PROBLEM_NONE)
		*left = db_text(&step, 0, 0);
	return err;
}

/* Signs out. Succeeds even without a session. */
static enum problem_code
sign_out(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *left, *url;
	enum problem_code err;
	struct buf b;
	bool redirect;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = end_session(rq, &left)) != PROBLEM_NONE)
		return err;
	url = logout_url(rq, left, body);
	redirect = !json_get_bool(body, "disableRedirect", false);
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"success\":true");
	if (url != NULL) {
		buf_puts(&b, ",\"url\":");
		buf_json(&b, url);
		buf_printf(&b, ",\"redirect\":%s", redirect ? "true" : "false");
	}
	buf_puts(&b, "}");
	response_json(rs, 200, b.data, b.len);
	if (url != NULL && redirect)
		rs->location = response_url(rq, url);
	response_sign_out(rs, rq);
	return PROBLEM_NONE;
}
