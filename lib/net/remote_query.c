/* Functions shared by queries to other systems' databases. */

#include <json-c/json.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/network.h"
#include "lib/net/remote_query.h"

/*
 * Maximum number of bytes that a server may send for a page, including
 * additions such as column names.
 */
#define RECEIVED_MOST (2 * REMOTE_MOST)
#define SAID_MOST     1000

bool
remote_query_fail(struct remote_rows *page, bool final, const char *error)
{
	page->error = error;
	page->final = final;
	return false;
}

/*
 * Converts invalid UTF-8 to ASCII, because any kind of server may have sent the
 * text.
 */
const char *
remote_query_said(struct arena *a, const char *text)
{
	size_t len = strcspn(text, "\r\n");
	char *said = arena_strndup(a, text, len < SAID_MOST ? len : SAID_MOST);
	struct json_error at = { 0 };
	struct buf b;
	char *c;

	buf_init(&b, a);
	buf_json(&b, said);
	if (json_parse(a, b.data, b.len, &at) == NULL)
		for (c = said; *c != '\0'; c++)
			if ((unsigned char)*c >= 127)
				*c = '?';
	return arena_printf(a, "the database: %s", said);
}

bool
remote_query_allowed(
    const struct remote_query *q, const struct sockaddr *address)
{
	return q->private || network_public(address);
}

const char *
remote_query_address(struct arena *a, const struct remote_query *q, bool every,
    struct remote_rows *page)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char text[NI_MAXHOST];
	struct addrinfo *all, *one;
	const char *found = NULL;

	if (getaddrinfo(q->host, q->port, &hints, &all) != 0) {
		remote_query_fail(
		    page, false, "the database: its host has no address");
		return NULL;
	}
	for (one = all; one != NULL; one = one->ai_next)
		if (!remote_query_allowed(q, one->ai_addr)) {
			if (every) {
				found = NULL;
				break;
			}
		} else if (found == NULL &&
		    getnameinfo(one->ai_addr, one->ai_addrlen, text,
			sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
			found = arena_strdup(a, text);
	freeaddrinfo(all);
	if (found == NULL)
		remote_query_fail(
		    page, true, "the database has a private address");
	return found;
}

/*
 * Returns true if the server has sent too much. The kernel counts the bytes,
 * because a library buffers a whole row before it returns it.
 */
static bool
sent_too_much(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof info;

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	    info.tcpi_bytes_received > RECEIVED_MOST;
}

bool
remote_query_wait(int fd, short events, int64_t until, struct remote_rows *page)
{
	struct pollfd poller = { .fd = fd, .events = events };
	int64_t ms = until - clock_ms();

	if (ms <= 0 || poll(&poller, 1, (int)ms) <= 0)
		return remote_query_fail(
		    page, false, "the database does not answer in time");
	if (sent_too_much(fd))
		return remote_query_fail(
		    page, true, "1000 rows have more than 16 MiB");
	return true;
}

const char *
remote_query_quote(struct arena *a, const char *name, char mark)
{
	struct buf b;

	buf_init(&b, a);
	buf_write(&b, &mark, 1);
	for (; *name != '\0'; name++)
		buf_write(&b, *name == mark ? (char[]){ mark, mark } : name,
		    *name == mark ? 2 : 1);
	buf_write(&b, &mark, 1);
	return b.data;
}

bool
remote_query_add(struct arena *a, struct remote_rows *page, const char *row,
    const char *key, size_t *bytes)
{
	struct json_error at = { 0 };

	*bytes += strlen(row);
	if (*bytes > REMOTE_MOST || page->n >= REMOTE_ROWS)
		return remote_query_fail(
		    page, true, "1000 rows have more than 16 MiB");
	row = arena_strdup(a, row);
	if (!json_object_is_type(
		json_parse(a, row, strlen(row), &at), json_type_object))
		return remote_query_fail(
		    page, true, "a row of the database is not a JSON object");
	page->rows[page->n++] = row;
	if (page->n == REMOTE_ROWS)
		page->last = arena_strdup(a, key);
	return true;
}
