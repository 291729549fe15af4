/*
 * Exchanges data with other systems over HTTPS: pages of JSON, CSV files, and
 * rows to send.
 */

#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/integrations/integration_source.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/webhook_signature.h"
#include "lib/net/http_client.h"
#include "lib/storage/file_url.h"

#define HEADERS 6

static const char *
status_text(struct arena *a, long status, const char *what)
{
	const char *why = status == 401 || status == 403
	    ? ": it refuses the credentials"
	    : status == 404 || status == 410 ? ": there is nothing at this URL"
	    : status >= 300 && status < 400  ? ": redirects are not followed"
	    : status == 429                  ? ": too many requests"
					     : "";

	return arena_printf(
	    a, "%s answered with status %ld%s", what, status, why);
}

/*
 * Sends a request. Returns false unless the response status is from 200 to 299.
 */
static bool
send_request(struct integration *in, struct arena *a, const char *what,
    struct http_request *request, struct http_reply *reply)
{
	bool private = in->config->private_webhooks;

	request->who = "integration";
	request->protocols = private ? "http,https" : "https";
	request->reach = private ? HTTP_ANY : HTTP_PUBLIC;
	request->connect_ms = INTEGRATION_CONNECT_MS;
	request->ms = INTEGRATION_READ_MS;
	request->most = INTEGRATION_MOST;
	if (!integration_check_url(in, what, request->url,
		private && strncmp(request->url, "http://", 7) == 0
		    ? "http://"
		    : "https://"))
		return false;
	if (!http_client_send(a, NULL, request, reply))
		return integration_fail(in, reply->too_much,
		    arena_printf(in->arena, "%s: %s", what,
			reply->too_much ? "the answer has more than 16 MiB"
					: reply->error));
	if (reply->status >= 200 && reply->status < 300)
		return true;
	return integration_fail(in,
	    reply->status < 500 && reply->status != 408 && reply->status != 429,
	    status_text(in->arena, reply->status, what));
}

/* Gets an access token with OAuth client credentials (RFC 6749, 4.4). */
static const char *
oauth_token(struct integration *in, struct arena *a)
{
	const char *const headers[] = { "Accept: application/json",
		"Content-Type: application/x-www-form-urlencoded", NULL };
	const char *secret = integration_secret(in, "client_secret");
	const char *scope = integration_setting(in, "scope", NULL);
	struct http_request request = { .headers = headers };
	struct http_reply reply = { 0 };
	struct json_error at = { 0 };
	struct json_object *answer;
	struct buf form;
	size_t i;

	if (in->token != NULL || secret == NULL)
		return in->token;
	buf_init(&form, a);
	form_put(&form, "grant_type", "client_credentials");
	form_put(&form, "client_id", integration_setting(in, "client_id", ""));
	form_put(&form, "client_secret", secret);
	if (scope != NULL)
		form_put(&form, "scope", scope);
	request.url = integration_setting(in, "token_url", "");
	request.body = form.data;
	request.body_len = form.len;
	if (!send_request(in, a, "the token server", &request, &reply))
		return NULL;
	answer = json_parse(a, reply.body.data, reply.body.len, &at);
	in->token = json_object_is_type(answer, json_type_object)
	    ? json_get_text(answer, "access_token")
	    : NULL;
	for (i = 0; in->token != NULL && in->token[i] != '\0'; i++)
		if (in->token[i] <= ' ' || in->token[i] > '~')
			in->token = NULL;
	if (in->token == NULL || *in->token == '\0') {
		integration_fail(
		    in, true, "the token server sent no access token");
		return in->token = NULL;
	}
	return in->token = arena_strdup(in->arena, in->token);
}

static bool
header_name_valid(const char *name)
{
	size_t n = strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return n > 0 && n <= 100 && name[n] == '\0';
}

/* Adds the credentials. On an error, returns false and sets the error. */
static bool
authorize(struct integration *in, struct arena *a, struct http_request *rq,
    const char **headers, size_t n)
{
	const char *how = integration_setting(in, "auth", "none");
	const char *name, *secret;

	if (strcmp(how, "none") == 0)
		return true;
	if (strcmp(how, "api_key") == 0) {
		name = integration_setting(in, "api_key_header", "X-API-Key");
		if (!header_name_valid(name))
			return integration_fail(in, true,
			    "api_key_header is not a valid header name");
		if ((secret = integration_secret(in, "api_key")) == NULL)
			return false;
		headers[n] = arena_printf(a, "%s: %s", name, secret);
		return true;
	}
	if (strcmp(how, "basic") == 0) {
		rq->user = integration_setting(in, "user", "");
		rq->password = integration_secret(in, "password");
		return rq->password != NULL;
	}
	if (strcmp(how, "oauth") != 0)
		return integration_fail(in, true,
		    "auth must be one of: none, api_key, basic, oauth");
	if ((secret = oauth_token(in, a)) == NULL)
		return false;
	headers[n] = arena_printf(a, "Authorization: Bearer %s", secret);
	return true;
}

static bool
get(struct integration *in, struct arena *a, const char *url,
    const char *accept, struct http_reply *reply)
{
	const char *headers[HEADERS] = { arena_printf(
	    a, "Accept: %s", accept) };
	struct http_request request = { .url = url, .headers = headers };

	return authorize(in, a, &request, headers, 1) &&
	    send_request(in, a, "the server", &request, reply);
}

/* Returns the length of "https://host:port". */
static size_t
origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	return host == NULL
	    ? 0
	    : (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
}

/*
 * Reads the URL of the next page from a response. The request for that page
 * gets the same credentials, so the URL must have the same origin.
 */
static bool
next_url(struct integration *in, struct arena *a, struct json_object *value,
    struct integration_page *page)
{
	const char *url = integration_setting(in, "url", "");
	size_t origin = origin_length(url);
	const char *next;

	if (value == NULL)
		return true;
	if (!json_object_is_type(value, json_type_string))
		return integration_fail(
		    in, true, "the URL of the next page is not text");
	next = json_object_get_string(value);
	if (*next == '\0')
		return true;
	if (*next == '/' && next[1] != '/')
		next = arena_printf(a, "%.*s%s", (int)origin, url, next);
	if (origin_length(next) != origin || strncmp(next, url, origin) != 0)
		return integration_fail(
		    in, true, "the next page is at another server");
	page->next = arena_strdup(in->arena, next);
	return true;
}

bool
integration_http_json(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	const char *url = integration_setting(in, "url", "");
	const char *next = integration_setting(in, "next_path", NULL);
	const char *param = integration_setting(in, "page_param", NULL);
	const char *number = *name != '\0' ? name : "1";
	struct http_reply reply = { 0 };
	struct json_object *answer;

	if (next == NULL && param != NULL)
		url = url_with(a, url, param, number);
	else if (*name != '\0')
		url = name;
	if (!get(in, a, url, "application/json", &reply) ||
	    (answer = integration_json(in, a, "the answer", reply.body.data,
		 reply.body.len, page)) == NULL)
		return false;
	if (next != NULL)
		return next_url(in, a, integration_path(a, answer, next), page);
	if (param != NULL && page->nrows > 0)
		page->next = arena_printf(
		    in->arena, "%ld", strtol(number, NULL, 10) + 1);
	return true;
}

bool
integration_csv_https(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	struct http_reply reply = { 0 };

	(void)name; /* a file has only one page */
	return get(in, a, integration_setting(in, "url", ""), "text/csv",
		   &reply) &&
	    integration_csv(in, a, &reply.body, page);
}

/*
 * Signs with a plain secret or with a "whsec_..." secret. On an error, returns
 * NULL and sets the error.
 */
static const char *
sign(
    struct integration *in, struct arena *a, const char *name, const char *text)
{
	static const char prefix[] = "whsec_";
	const char *secret = integration_secret(in, name);
	const void *key = secret;
	size_t len;

	if (secret == NULL)
		return NULL;
	len = strlen(secret);
	if (strncmp(secret, prefix, sizeof prefix - 1) == 0)
		key = base64_decode(a, secret + sizeof prefix - 1, &len);
	if (key == NULL) {
		integration_fail(in, true,
		    arena_printf(in->arena,
			"the secret %s has no base64 after whsec_", name));
		return NULL;
	}
	return webhook_signature(a, key, len, text);
}

/*
 * Adds the Standard Webhooks headers. On an error, returns false and sets the
 * error.
 */
static bool
add_signature(struct integration *in, struct arena *a, const char *key,
    const char *body, const char **headers)
{
	long long now = (long long)time(NULL);
	const char *text = webhook_signed_text(a, key, now, body);
	const char *old = NULL;
	const char *signature = sign(in, a, "secret", text);

	if (signature == NULL)
		return false;
	if (json_get_text(in->secrets, "old_secret") != NULL &&
	    (old = sign(in, a, "old_secret", text)) == NULL)
		return false;
	webhook_put_headers(a, key, now, signature, old, headers);
	return true;
}

bool
integration_push(struct integration *in, struct arena *a, bool signs,
    const char *key, const char *body)
{
	const char *headers[HEADERS] = { "Content-Type: application/json",
		arena_printf(a, "Idempotency-Key: %s", key) };
	size_t len = strlen(body);
	struct http_reply reply = { 0 };
	struct http_request request = {
		.url = integration_setting(in, "url", ""), .headers = headers
	};

	body = file_url_absolute(a, body, &len, in->config->base_url);
	request.body = body;
	request.body_len = len;
	return (signs ? add_signature(in, a, key, body, headers + 2)
		      : authorize(in, a, &request, headers, 2)) &&
	    send_request(in, a, "the server", &request, &reply);
}
