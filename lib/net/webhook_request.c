/*
 * Builds the request that sends an event to a webhook, and reads its response.
 */

#include <string.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/webhook_signature.h"
#include "lib/net/webhook_request.h"

#define CONNECT_MS 5000
#define SEND_MS    15000 /* less than the one-minute lease */
#define ANSWER_MAX 2048  /* stored bytes of the response */

struct http_request
webhook_request(const struct config *config, const char *url)
{
	bool private = config->private_webhooks;

	return (struct http_request){
		.who = "webhook",
		.url = url,
		.protocols = private ? "http,https" : "https",
		.reach = private ? HTTP_ANY : HTTP_PUBLIC,
		.connect_ms = CONNECT_MS,
		.ms = SEND_MS,
		.most = ANSWER_MAX,
		.cut = true,
	};
}

static const char *
sign(struct arena *a, const char *secret, const char *text)
{
	return secret != NULL
	    ? webhook_signature(a, secret, strlen(secret), text)
	    : NULL;
}

const char *const *
webhook_headers(struct arena *a, const char *id, const char *secret,
    const char *old, const char *body)
{
	const char **headers =
	    arena_array(a, WEBHOOK_HEADERS + 2, sizeof *headers);
	long long now = (long long)time(NULL);
	const char *text = webhook_signed_text(a, id, now, body);

	if (secret == NULL)
		return NULL;
	headers[0] = "Content-Type: application/json";
	webhook_put_headers(
	    a, id, now, sign(a, secret, text), sign(a, old, text), headers + 1);
	return headers;
}

const char *
webhook_answer(struct arena *a, const struct http_reply *reply)
{
	const struct buf *b = &reply->body;
	char *text = arena_strndup(a, b->data, b->len);
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] > '~')
			text[i] = text[i] == '\n' ? '\n' : '?';
	return text;
}
