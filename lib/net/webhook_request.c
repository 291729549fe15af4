/* The request that sends an event to a webhook, and its response. */

#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/net/webhook_request.h"

#define CONNECT_MS 5000
#define SEND_MS    15000 /* less than the lease of a minute */
#define ANSWER_MAX 1024  /* bytes of the response that are stored */

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
