/* Requests tokens from OAuth 2.0 providers (RFC 6749), with PKCE (RFC 7636). */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/oidc/discovery.h"
#include "fcgi/oidc/fetch.h"
#include "fcgi/oidc/oauth.h"
#include "fcgi/oidc/provider.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"

#define SECONDS_MAX 315360000 /* ten years */
#define TOKEN_MAX   16384

static const char *
callback_url(struct request *rq, const struct provider *p)
{
	return arena_printf(
	    rq->arena, "%s/api/auth/callback/%s", rq->config->base_url, p->id);
}

/* Joins the scopes from the settings and from the request. */
static const char *
all_scopes(
    struct request *rq, const struct provider *p, struct json_object *more)
{
	const char *space = *p->scopes != '\0' ? " " : "";
	struct buf b;
	size_t i;

	buf_init(&b, rq->arena);
	if (p->kind == PROVIDER_OIDC && strstr(p->scopes, "openid") == NULL) {
		buf_printf(&b, "openid%s", space);
		space = " ";
	}
	buf_puts(&b, p->scopes);
	for (i = 0; more != NULL && i < json_object_array_length(more); i++) {
		buf_printf(&b, "%s%s", space,
		    json_object_get_string(json_object_array_get_idx(more, i)));
		space = " ";
	}
	return b.data;
}

const char *
oauth_url(struct request *rq, const struct provider *p,
    const struct endpoints *at, const struct oauth_request *request)
{
	const char *scopes = all_scopes(rq, p, request->scopes);
	struct buf b;

	buf_init(&b, rq->arena);
	form_put(&b, "response_type", "code");
	form_put(&b, "client_id", p->client_id);
	form_put(&b, "state", request->state);
	if (*scopes != '\0')
		form_put(&b, "scope", scopes);
	form_put(&b, "redirect_uri", callback_url(rq, p));
	if (request->login_hint != NULL && *request->login_hint != '\0')
		form_put(&b, "login_hint", request->login_hint);
	if (request->nonce != NULL)
		form_put(&b, "nonce", request->nonce);
	form_put(&b, "code_challenge_method", "S256");
	form_put(&b, "code_challenge",
	    token_challenge(rq->arena, request->verifier));
	if (*p->extra != '\0')
		buf_printf(&b, "&%s", p->extra);
	if (request->params != NULL) {
		json_object_object_foreach(request->params, name, value)
		{
			form_put(&b, name, json_object_get_string(value));
		}
	}
	return form_url(rq->arena, at->authorize, b.data);
}

/*
 * Returns a token from the response, or NULL unless it is safe in an HTTP
 * header.
 */
static const char *
get_token(struct json_object *response, const char *name)
{
	const char *token = json_get_text(response, name), *s;

	if (token == NULL || *token == '\0' || strlen(token) > TOKEN_MAX)
		return NULL;
	for (s = token; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return NULL;
	return token;
}

/* Reads a lifetime, which some providers send as a string. */
static long
get_seconds(struct json_object *response, const char *name)
{
	bool present;
	struct json_object *value = json_get(response, name, &present);
	int64_t n;

	if (json_object_is_type(value, json_type_string))
		n = strtol(json_object_get_string(value), NULL, 10);
	else if (json_object_is_type(value, json_type_int))
		n = json_object_get_int64(value);
	else
		return 0;
	return n <= 0 ? 0 : n < SECONDS_MAX ? (long)n : SECONDS_MAX;
}

/*
 * Converts "a b" to "a,b". If the response lacks scope, the requested scopes
 * apply.
 */
static const char *
get_scopes(
    struct request *rq, const struct provider *p, struct json_object *response)
{
	const char *s = json_get_text(response, "scope"), *comma = "";
	struct buf b;
	size_t len;

	if (s == NULL)
		s = p->scopes;
	buf_init(&b, rq->arena);
	for (; *s != '\0'; s += len) {
		s += strspn(s, " ,");
		len = strcspn(s, " ,");
		if (len == 0)
			continue;
		buf_puts(&b, comma);
		buf_write(&b, s, len);
		comma = ",";
	}
	return b.data;
}

/* Sends the client secret in the form or a header (RFC 6749, 2.3.1). */
static bool
request_tokens(struct request *rq, struct provider *p, const char *form,
    struct oauth_tokens *tokens)
{
	const struct endpoints *at;
	struct json_object *response;
	struct fetch what = { 0 };
	struct buf b, user, password;
	bool answered;

	if ((at = discovery_endpoints(rq, p, &answered)) == NULL)
		return false;
	what.url = at->token;
	buf_init(&b, rq->arena);
	buf_puts(&b, form);
	if (*p->client_secret != '\0' && at->basic) {
		buf_init(&user, rq->arena);
		form_value(&user, p->client_id);
		buf_init(&password, rq->arena);
		form_value(&password, p->client_secret);
		what.user = user.data;
		what.password = password.data;
	} else {
		form_put(&b, "client_id", p->client_id);
		if (*p->client_secret != '\0')
			form_put(&b, "client_secret", p->client_secret);
	}
	what.form = b.data;
	response = fetch(rq, &what);
	*tokens = (struct oauth_tokens){
		.access_token = get_token(response, "access_token"),
		.refresh_token = get_token(response, "refresh_token"),
		.id_token = get_token(response, "id_token"),
		.scopes = get_scopes(rq, p, response),
		.access_seconds = get_seconds(response, "expires_in"),
		.refresh_seconds =
		    get_seconds(response, "refresh_token_expires_in"),
	};
	if (response != NULL && tokens->access_token == NULL)
		log_error("oauth provider=%s error=\"no access token\"", p->id);
	return tokens->access_token != NULL;
}

bool
oauth_exchange(struct request *rq, struct provider *p, const char *code,
    const char *verifier, struct oauth_tokens *tokens)
{
	struct buf b;

	buf_init(&b, rq->arena);
	form_put(&b, "grant_type", "authorization_code");
	form_put(&b, "code", code);
	form_put(&b, "code_verifier", verifier);
	form_put(&b, "redirect_uri", callback_url(rq, p));
	return request_tokens(rq, p, b.data, tokens);
}

bool
oauth_refresh(struct request *rq, struct provider *p, const char *token,
    struct oauth_tokens *tokens)
{
	struct buf b;

	buf_init(&b, rq->arena);
	form_put(&b, "grant_type", "refresh_token");
	form_put(&b, "refresh_token", token);
	return request_tokens(rq, p, b.data, tokens);
}

static void
put_token(
    struct request *rq, struct buf *b, const char *name, const char *token)
{
	if (token != NULL)
		buf_printf(b, "\"%s\":\"%s\",", name,
		    secretbox_seal(rq->arena, rq->config->secret, token));
}

const char *
oauth_tokens_json(struct request *rq, const struct oauth_tokens *tokens)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	put_token(rq, &b, "access_token", tokens->access_token);
	put_token(rq, &b, "refresh_token", tokens->refresh_token);
	put_token(rq, &b, "id_token", tokens->id_token);
	if (tokens->access_seconds > 0)
		buf_printf(
		    &b, "\"access_seconds\":%ld,", tokens->access_seconds);
	if (tokens->refresh_seconds > 0)
		buf_printf(
		    &b, "\"refresh_seconds\":%ld,", tokens->refresh_seconds);
	buf_puts(&b, "\"scope\":");
	if (tokens->scopes != NULL)
		buf_json(&b, tokens->scopes);
	else
		buf_puts(&b, "null");
	buf_puts(&b, "}");
	return b.data;
}
