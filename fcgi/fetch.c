#include <curl/curl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "fetch.h"
#include "json.h"
#include "log.h"
#include "network.h"
#include "provider.h"
#include "request.h"

#define CONNECT_MS 3000
#define FETCH_MS   5000
#define REQUEST_MS 10000     /* all fetches of one request together */
#define REPLY_MAX  (1 << 18) /* bytes; sets of keys have some thousands */
#define HEADER_MAX (1 << 16)

struct fetcher {
	bool private_allowed;
	CURL *curl; /* opened at its first use, after the fork */
};

struct reply {
	struct buf body;
	size_t header_len;
};

/* Whom a connection may go to. */
struct permit {
	bool private_allowed;
	bool plain; /* http: to this machine alone */
};

struct fetcher *
fetcher_new(bool private_allowed)
{
	struct fetcher *f = calloc(1, sizeof *f);

	if (f == NULL)
		fatal("fetch: out of memory");
	f->private_allowed = private_allowed;
	return f;
}

void
fetcher_free(struct fetcher *f)
{
	if (f->curl != NULL) {
		curl_easy_cleanup(f->curl);
		curl_global_cleanup();
	}
	free(f);
}

static CURL *
handle(struct fetcher *f)
{
	if (f->curl != NULL) {
		curl_easy_reset(f->curl);
		return f->curl;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (f->curl = curl_easy_init()) == NULL)
		fatal("fetch: libcurl cannot be had");
	return f->curl;
}

/*
 * The address that a name has led to is looked at as it is connected to: a
 * name that means something else a moment later changes nothing.
 */
static curl_socket_t
open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct permit *permit = data;

	(void)purpose;
	if (permit->plain
		? !network_loopback(&to->addr)
		: !permit->private_allowed && !network_public(&to->addr)) {
		log_error("fetch error=\"a private address\"");
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Anything but n tells libcurl to give up. */
static size_t
take_body(char *data, size_t size, size_t n, void *to)
{
	struct reply *reply = to;

	(void)size;
	if (n > REPLY_MAX - reply->body.len)
		return 0;
	buf_write(&reply->body, data, n);
	return n;
}

static size_t
take_header(char *data, size_t size, size_t n, void *to)
{
	struct reply *reply = to;

	(void)data;
	reply->header_len += size * n;
	return reply->header_len > HEADER_MAX ? 0 : n;
}

/* What is left of the time that the request may wait for others. */
static long
time_left(const struct request *rq)
{
	struct timespec now = { 0 };
	int64_t gone;

	clock_gettime(CLOCK_MONOTONIC, &now);
	gone = now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000 -
	    rq->began / 1000;
	if (gone >= REQUEST_MS)
		return 0;
	return REQUEST_MS - gone < FETCH_MS ? (long)(REQUEST_MS - gone)
					    : FETCH_MS;
}

static bool
set_manners(CURL *curl, struct permit *permit, struct reply *reply, long ms)
{
	return curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
		permit->plain ? "http" : "https") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_SSLVERSION,
		(long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		ms < CONNECT_MS ? ms : CONNECT_MS) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_USERAGENT,
		"tenantry/" PACKAGE_VERSION) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
	    CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, permit) ==
	    CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header) ==
	    CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) ==
	    CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply) == CURLE_OK;
}

static void
free_list(void *list)
{
	curl_slist_free_all(list);
}

static bool
set_headers(struct request *rq, CURL *curl, const struct fetch *what)
{
	struct curl_slist *list =
	    curl_slist_append(NULL, "Accept: application/json");

	if (list == NULL)
		fatal("fetch: out of memory");
	arena_defer(rq->arena, free_list, list);
	if (what->bearer != NULL &&
	    curl_slist_append(list,
		arena_printf(rq->arena, "Authorization: Bearer %s",
		    what->bearer)) == NULL)
		fatal("fetch: out of memory");
	return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list) == CURLE_OK;
}

static bool
set_question(CURL *curl, const struct fetch *what)
{
	if (curl_easy_setopt(curl, CURLOPT_URL, what->url) != CURLE_OK)
		return false;
	if (what->user != NULL &&
	    (curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) !=
		    CURLE_OK ||
		curl_easy_setopt(curl, CURLOPT_USERNAME, what->user) !=
		    CURLE_OK ||
		curl_easy_setopt(curl, CURLOPT_PASSWORD, what->password) !=
		    CURLE_OK))
		return false;
	return what->form == NULL ||
	    (curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
		 (long)strlen(what->form)) == CURLE_OK &&
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what->form) ==
		    CURLE_OK);
}

/* Without the query, which may hold what is not for the log. */
static void
complain(const struct fetch *what, long status, const char *error)
{
	log_error("fetch url=%.*s status=%ld error=\"%s\"",
	    (int)strcspn(what->url, "?#"), what->url, status, error);
}

static struct json_object *
read_reply(struct request *rq, const struct fetch *what, CURL *curl,
    const struct reply *reply)
{
	struct json_error error = { 0 };
	struct json_object *value;
	long status = 0;

	if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) !=
		CURLE_OK ||
	    status != 200) {
		complain(what, status, "not what was asked for");
		return NULL;
	}
	value =
	    json_parse(rq->arena, reply->body.data, reply->body.len, &error);
	if (value == NULL)
		complain(
		    what, status, error.what != NULL ? error.what : "null");
	return value;
}

struct json_object *
fetch(struct request *rq, const struct fetch *what)
{
	struct fetcher *f = rq->providers->fetcher;
	struct permit permit = { .private_allowed = f->private_allowed };
	struct reply reply = { .header_len = 0 };
	CURL *curl = handle(f);
	long ms = time_left(rq);
	CURLcode code;

	buf_init(&reply.body, rq->arena);
	permit.plain =
	    f->private_allowed && strncmp(what->url, "http://", 7) == 0;
	if (ms == 0) {
		complain(what, 0, "no time is left");
		return NULL;
	}
	if (!set_manners(curl, &permit, &reply, ms) ||
	    !set_headers(rq, curl, what) || !set_question(curl, what)) {
		complain(what, 0, "libcurl refuses an option");
		return NULL;
	}
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		complain(what, 0, curl_easy_strerror(code));
		return NULL;
	}
	return read_reply(rq, what, curl, &reply);
}
