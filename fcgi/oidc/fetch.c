#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/oidc/fetch.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/net/http_client.h"

#define CONNECT_MS 3000
#define FETCH_MS   5000
#define REQUEST_MS 10000     /* all fetches of one request together */
#define REPLY_MAX  (1 << 18) /* bytes; sets of keys have some thousands */

struct fetcher {
	bool private_allowed;
	struct http_connection *line;
};

struct fetcher *
fetcher_new(bool private_allowed)
{
	struct fetcher *f = calloc(1, sizeof *f);

	if (f == NULL)
		fatal("fetch: out of memory");
	f->private_allowed = private_allowed;
	f->line = http_connection_new();
	return f;
}

void
fetcher_free(struct fetcher *f)
{
	http_connection_free(f->line);
	free(f);
}

/* What is left of the time that the request may wait for others. */
static long
time_left(const struct request *rq)
{
	int64_t gone = clock_ms() - rq->began / 1000;

	if (gone >= REQUEST_MS)
		return 0;
	return REQUEST_MS - gone < FETCH_MS ? (long)(REQUEST_MS - gone)
					    : FETCH_MS;
}

/* Without the query, which may hold what is not for the log. */
static void
complain(const struct fetch *what, long status, const char *error)
{
	log_error("fetch url=%.*s status=%ld error=\"%s\"",
	    (int)strcspn(what->url, "?#"), what->url, status, error);
}

static struct json_object *
read_reply(struct request *rq, const struct fetch *what,
    const struct http_reply *reply)
{
	struct json_error error = { 0 };
	struct json_object *value;

	if (reply->status != 200) {
		complain(what, reply->status, "not what was asked for");
		return NULL;
	}
	value =
	    json_parse(rq->arena, reply->body.data, reply->body.len, &error);
	if (value == NULL)
		complain(what, reply->status,
		    error.what != NULL ? error.what : "null");
	return value;
}

/* Http is for this machine alone, where private addresses are allowed. */
static struct http_request
http_of(const struct fetcher *f, const struct fetch *what)
{
	bool plain =
	    f->private_allowed && strncmp(what->url, "http://", 7) == 0;

	return (struct http_request){
		.who = "fetch",
		.url = what->url,
		.protocols = plain ? "http" : "https",
		.reach = plain           ? HTTP_LOOPBACK
		    : f->private_allowed ? HTTP_ANY
					 : HTTP_PUBLIC,
		.connect_ms = CONNECT_MS,
		.most = REPLY_MAX,
		.user = what->user,
		.password = what->password,
		.body = what->form,
		.body_len = what->form != NULL ? strlen(what->form) : 0,
	};
}

struct json_object *
fetch(struct request *rq, const struct fetch *what)
{
	struct fetcher *f = rq->fetcher;
	const char *headers[] = { "Accept: application/json", NULL, NULL };
	struct http_request t = http_of(f, what);
	struct http_reply reply;

	t.ms = time_left(rq);
	t.headers = headers;
	if (what->bearer != NULL)
		headers[1] = arena_printf(
		    rq->arena, "Authorization: Bearer %s", what->bearer);
	if (t.ms == 0) {
		complain(what, 0, "no time is left");
		return NULL;
	}
	if (!http_client_send(rq->arena, f->line, &t, &reply)) {
		complain(what, 0, reply.error);
		return NULL;
	}
	return read_reply(rq, what, &reply);
}
