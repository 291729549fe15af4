/* Fetches JSON from other servers on behalf of a request. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/oidc/circuit.h"
#include "fcgi/oidc/fetch.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/net/http_client.h"

#define CONNECT_MS 3000
#define FETCH_MS   5000
#define REQUEST_MS 10000     /* time for all fetches of a request together */
#define REPLY_MAX  (1 << 18) /* bytes */

struct fetcher {
	bool private_allowed;
	struct circuits *circuits;
	struct http_connection *connection; /* NULL before the first fetch */
};

struct fetcher *
fetcher_new(bool private_allowed, struct circuits *circuits)
{
	struct fetcher *f = calloc(1, sizeof *f);

	if (f == NULL)
		fatal("fetch: out of memory");
	f->private_allowed = private_allowed;
	f->circuits = circuits;
	return f;
}

void
fetcher_free(struct fetcher *f)
{
	if (f->connection != NULL)
		http_connection_free(f->connection);
	free(f);
}

/* Returns the next fetch's timeout in milliseconds. */
static long
time_left(const struct request *rq)
{
	int64_t gone = clock_ms() - rq->began / 1000;

	if (gone >= REQUEST_MS)
		return 0;
	return REQUEST_MS - gone < FETCH_MS ? (long)(REQUEST_MS - gone)
					    : FETCH_MS;
}

/* Logs the URL without its query, which may contain secrets. */
static void
log_failure(const struct fetch *what, long status, const char *error)
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
		log_failure(what, reply->status, "the status is not 200");
		return NULL;
	}
	value =
	    json_parse(rq->arena, reply->body.data, reply->body.len, &error);
	if (value == NULL)
		log_failure(what, reply->status,
		    error.what != NULL ? error.what : "null");
	return value;
}

/*
 * Builds a request. Plain HTTP is allowed only to loopback addresses, and only
 * if private addresses are allowed.
 */
static struct http_request
make_request(const struct fetcher *f, const struct fetch *what)
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
	struct http_request t = make_request(f, what);
	struct http_reply reply;
	bool sent;

	t.ms = time_left(rq);
	t.headers = headers;
	if (what->bearer != NULL)
		headers[1] = arena_printf(
		    rq->arena, "Authorization: Bearer %s", what->bearer);
	if (t.ms == 0) {
		log_failure(
		    what, 0, "the time limit of the request is exceeded");
		return NULL;
	}
	if (!circuit_closed(f->circuits, what->url)) {
		log_failure(what, 0, "it has not answered lately");
		return NULL;
	}
	if (f->connection == NULL)
		f->connection = http_connection_new();
	sent = http_client_send(rq->arena, f->connection, &t, &reply);
	/*
	 * Any caller can cause the provider to refuse a request, so a refusal
	 * also counts as a response.
	 */
	circuit_record(f->circuits, what->url, sent && reply.status < 500);
	if (!sent) {
		log_failure(what, 0, reply.error);
		return NULL;
	}
	return read_reply(rq, what, &reply);
}
