/* Communicates with the web server over FastCGI or CGI. */

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/http/gateway.h"
#include "fcgi/http/handoff.h"
#include "fcgi/http/request.h"
#include "lib/base/log.h"

#define RECORD_MAX      65528 /* maximum content of a FastCGI record */
#define RECORDS_AT_ONCE 16    /* maximum number of records per writev() call */

/* Maximum number of header bytes to read ahead. */
#define PEEK_MAX   65536
#define PEEK_TRIES 20 /* attempts to read the headers, one per millisecond */

/* From FastCGI 1.0, section 8. */
enum { TYPE_BEGIN = 1, TYPE_END = 3, TYPE_PARAMS = 4, TYPE_STDOUT = 6 };

struct gateway {
	FCGX_Request fcgx;
	int listener; /* -1: CGI */
	int returned; /* socket of the admission queue, or -1 */
	int events;   /* epoll descriptor of listener and returned */
	bool served;  /* CGI: the only request was accepted */
	long unread;  /* CGI: bytes of the body that are still in stdin */
	bool again;   /* the connection came back from the queue */
	int idle_ms;  /* -1: nothing to do when idle */
	void (*idle)(void *);
	void *idle_arg;
	struct handoff handoff;
	unsigned char peeked[PEEK_MAX];
};

struct gateway *
gateway_new(int listener, int returned)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct gateway *g;

	if ((g = calloc(1, sizeof *g)) == NULL)
		fatal("gateway: out of memory");
	g->listener = listener;
	g->returned = returned;
	g->events = -1;
	g->idle_ms = -1;
	if (listener == -1)
		return g;
	if (FCGX_Init() != 0 || FCGX_InitRequest(&g->fcgx, listener, 0) != 0)
		fatal("gateway: cannot initialize FastCGI");
	/* With EPOLLEXCLUSIVE, a request wakes only one worker. */
	g->events = epoll_create1(EPOLL_CLOEXEC);
	if (g->events == -1 ||
	    epoll_ctl(g->events, EPOLL_CTL_ADD, listener, &event) == -1 ||
	    (returned != -1 &&
		epoll_ctl(g->events, EPOLL_CTL_ADD, returned, &event) == -1))
		fatal("gateway: epoll: %s", strerror(errno));
	return g;
}

void
gateway_free(struct gateway *g)
{
	if (g->events != -1)
		close(g->events);
	free(g);
}

/* Accepts the next connection. Returns -1 after *stop is set. */
static int
next_connection(
    struct gateway *g, const sigset_t *mask, const volatile sig_atomic_t *stop)
{
	struct epoll_event event;
	int fd, n;

	for (;;) {
		/* Requests that have already waited take precedence. */
		fd = g->returned == -1
		    ? HANDOFF_NONE
		    : handoff_receive(g->returned, &g->handoff);
		if ((g->again = fd >= 0))
			break;
		fd = accept(g->listener, NULL, NULL);
		if (fd >= 0)
			break;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			fatal("gateway: accept: %s", strerror(errno));
		n = epoll_pwait(g->events, &event, 1, g->idle_ms, mask);
		if (n == -1 && errno != EINTR)
			fatal("gateway: epoll_pwait: %s", strerror(errno));
		if (n == 0) {
			g->idle_ms = -1;
			g->idle(g->idle_arg);
		}
		if (*stop)
			return -1;
	}
	return fd;
}

void
gateway_when_idle(struct gateway *g, int ms, void (*idle)(void *), void *arg)
{
	g->idle_ms = ms;
	g->idle = idle;
	g->idle_arg = arg;
}

bool
gateway_wait(
    struct gateway *g, const sigset_t *mask, const volatile sig_atomic_t *stop)
{
	sigset_t pending;

	if (g->listener == -1) {
		if (g->served)
			return false;
		return g->served = true;
	}
	/*
	 * Under load, the worker never waits, and the signal is therefore never
	 * delivered.
	 */
	if (sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1)
		return false;
	g->fcgx.ipcFd = next_connection(g, mask, stop);
	return g->fcgx.ipcFd != -1;
}

bool
gateway_accept(struct gateway *g)
{
	g->again = false;
	g->fcgx.ipcFd = accept(g->listener, NULL, NULL);
	return g->fcgx.ipcFd != -1;
}

bool
gateway_take(struct gateway *g, int queue)
{
	int fd = handoff_receive(g->returned, &g->handoff);

	while (fd == HANDOFF_NONE &&
	    (fd = handoff_receive(queue, &g->handoff)) == HANDOFF_WAKE)
		fd = HANDOFF_NONE;
	g->fcgx.ipcFd = fd;
	g->again = fd >= 0;
	return g->again;
}

const struct handoff *
gateway_returned(const struct gateway *g)
{
	return g->again ? &g->handoff : NULL;
}

bool
gateway_hand_over(struct gateway *g, int queue, const struct handoff *h)
{
	if (!handoff_send(queue, g->fcgx.ipcFd, h))
		return false;
	close(g->fcgx.ipcFd);
	g->fcgx.ipcFd = -1;
	return true;
}

bool
gateway_begin(struct gateway *g)
{
	if (g->listener == -1)
		return true;
	/* Prevents libfcgi from closing a descriptor that it did not open. */
	g->fcgx.keepConnection = 1;
	return FCGX_Accept_r(&g->fcgx) == 0;
}

/*
 * How often a client may send a header. nginx before 1.23 passes repeated lines
 * on unchanged. Newer versions join them with ", ".
 */
enum repeat {
	REPEAT_ANY,   /* nginx sets it */
	REPEAT_LINES, /* one line, with any content */
	REPEAT_VALUES /* one line with one value, which never has a ", " */
};

static const struct {
	const char *name;
	size_t offset;
	enum repeat refuse;
} known_headers[] = {
	{ "REQUEST_METHOD", offsetof(struct headers, method), REPEAT_ANY },
	{ "DOCUMENT_URI", offsetof(struct headers, path), REPEAT_ANY },
	{ "REQUEST_URI", offsetof(struct headers, request_uri), REPEAT_ANY },
	{ "SCRIPT_NAME", offsetof(struct headers, script_name), REPEAT_ANY },
	{ "PATH_INFO", offsetof(struct headers, path_info), REPEAT_ANY },
	{ "QUERY_STRING", offsetof(struct headers, query), REPEAT_ANY },
	{ "CONTENT_TYPE", offsetof(struct headers, content_type),
	    REPEAT_LINES },
	{ "CONTENT_LENGTH", offsetof(struct headers, content_length),
	    REPEAT_LINES },
	{ "HTTP_AUTHORIZATION", offsetof(struct headers, authorization),
	    REPEAT_LINES },
	{ "HTTP_COOKIE", offsetof(struct headers, cookie), REPEAT_LINES },
	{ "HTTP_HOST", offsetof(struct headers, host), REPEAT_LINES },
	{ "HTTP_ORIGIN", offsetof(struct headers, origin), REPEAT_VALUES },
	{ "HTTP_REFERER", offsetof(struct headers, referer), REPEAT_VALUES },
	{ "HTTP_SEC_FETCH_SITE", offsetof(struct headers, sec_fetch_site),
	    REPEAT_VALUES },
	{ "HTTP_SEC_FETCH_MODE", offsetof(struct headers, sec_fetch_mode),
	    REPEAT_VALUES },
	{ "HTTP_IDEMPOTENCY_KEY", offsetof(struct headers, idempotency_key),
	    REPEAT_VALUES },
	{ "HTTP_X_CLIENT", offsetof(struct headers, client), REPEAT_VALUES },
	{ "HTTP_IF_MATCH", offsetof(struct headers, if_match), REPEAT_LINES },
	{ "HTTP_IF_NONE_MATCH", offsetof(struct headers, if_none_match),
	    REPEAT_LINES },
	{ "HTTP_USER_AGENT", offsetof(struct headers, user_agent),
	    REPEAT_LINES },
	{ "HTTP_LAST_EVENT_ID", offsetof(struct headers, last_event_id),
	    REPEAT_VALUES },
	{ "HTTP_ACCEPT", offsetof(struct headers, accept), REPEAT_LINES },
	{ "HTTP_ACCEPT_LANGUAGE", offsetof(struct headers, accept_language),
	    REPEAT_LINES },
	{ "HTTP_X_API_KEY", offsetof(struct headers, api_key), REPEAT_VALUES },
	{ "HTTP_X_CAPTCHA_RESPONSE", offsetof(struct headers, captcha),
	    REPEAT_VALUES },
	{ "HTTP_MCP_PROTOCOL_VERSION", offsetof(struct headers, mcp_version),
	    REPEAT_VALUES },
	{ "HTTP_X_SIGNATURE", offsetof(struct headers, signature),
	    REPEAT_VALUES },
	{ "HTTP_STRIPE_SIGNATURE", offsetof(struct headers, payment_signature),
	    REPEAT_VALUES },
	{ "HTTP_X_USER_ID", offsetof(struct headers, user_id), REPEAT_VALUES },
	{ "REMOTE_ADDR", offsetof(struct headers, address), REPEAT_ANY },
	{ "REQUEST_ID", offsetof(struct headers, request_id), REPEAT_ANY },
	{ "TENANTRY_ARRIVED", offsetof(struct headers, arrived), REPEAT_ANY },
	{ "TENANTRY_BODY_FILE", offsetof(struct headers, body_file),
	    REPEAT_ANY },
	{ "HTTP_DEPTH", offsetof(struct headers, depth), REPEAT_VALUES },
	{ "HTTP_TRACEPARENT", offsetof(struct headers, traceparent),
	    REPEAT_ANY },
	{ "HTTP_READ_AFTER", offsetof(struct headers, read_after),
	    REPEAT_VALUES },
	{ "HTTP_X_FILE_NAME", offsetof(struct headers, file_name),
	    REPEAT_LINES },
};

#define NKNOWN (sizeof known_headers / sizeof known_headers[0])

static const char **
header_at(struct headers *h, size_t i)
{
	return (const char **)(void *)((char *)h + known_headers[i].offset);
}

/*
 * Sets one header from "NAME=value". Returns false if a client repeated a
 * header that must be unique.
 */
static bool
set_header(struct headers *h, const char *pair)
{
	size_t len = strcspn(pair, "="), i;

	for (i = 0; i < NKNOWN; i++) {
		if (strncmp(known_headers[i].name, pair, len) != 0 ||
		    known_headers[i].name[len] != '\0' || pair[len] != '=')
			continue;
		if (known_headers[i].refuse != REPEAT_ANY &&
		    *header_at(h, i) != NULL)
			return false;
		*header_at(h, i) = pair + len + 1;
		if (known_headers[i].refuse == REPEAT_VALUES &&
		    strstr(pair + len + 1, ", ") != NULL)
			return false;
	}
	return true;
}

/*
 * Joins the contents of the FCGI_PARAMS records at the beginning of the data.
 * Returns -1 if the data does not contain the empty record that ends the
 * parameters.
 */
static ssize_t
join_params(unsigned char *data, size_t len)
{
	size_t at = 0, n = 0, content, whole;

	while (at + 8 <= len) {
		content = (size_t)data[at + 4] << 8 | data[at + 5];
		whole = 8 + content + data[at + 6];
		if (data[at + 1] == TYPE_PARAMS && content == 0)
			return (ssize_t)n;
		if (at + whole > len ||
		    (data[at + 1] != TYPE_PARAMS &&
			(data[at + 1] != TYPE_BEGIN || at > 0)))
			return -1;
		if (data[at + 1] == TYPE_PARAMS) {
			memmove(data + n, data + at + 8, content);
			n += content;
		}
		at += whole;
	}
	return -1;
}

/* Reads the length of a name or value, which takes one or four bytes. */
static bool
read_length(const unsigned char *data, size_t len, size_t *at, size_t *n)
{
	if (*at >= len)
		return false;
	if (data[*at] < 0x80) {
		*n = data[(*at)++];
		return true;
	}
	if (*at + 4 > len)
		return false;
	*n = (size_t)(data[*at] & 0x7f) << 24 | (size_t)data[*at + 1] << 16 |
	    (size_t)data[*at + 2] << 8 | data[*at + 3];
	*at += 4;
	return true;
}

static bool
read_lengths(const unsigned char *data, size_t len, size_t *at, size_t *name,
    size_t *value)
{
	return read_length(data, len, at, name) &&
	    read_length(data, len, at, value) && *name <= len - *at &&
	    *value <= len - *at - *name;
}

/*
 * Rewrites pairs in place as "NAME=value". The name moves one byte to the
 * front, over the lengths, so the result is never longer. The NUL overwrites a
 * length of the next pair after that length was read.
 */
static bool
set_params(struct headers *h, unsigned char *data, size_t len)
{
	size_t at = 0, name = 0, value = 0, next_name = 0, next_value = 0, next;
	bool more = len > 0;

	if (more && !read_lengths(data, len, &at, &name, &value))
		return false;
	while (more) {
		next = at + name + value;
		memmove(data + at - 1, data + at, name);
		data[at - 1 + name] = '=';
		more = next < len;
		if (more) {
			size_t begin = next;

			if (!read_lengths(
				data, len, &begin, &next_name, &next_value))
				return false;
			data[next] = '\0';
			next = begin;
		} else
			data[next] = '\0';
		if (memchr(data + at - 1, '\0', name + 1 + value) != NULL ||
		    !set_header(h, (char *)data + at - 1))
			return false;
		at = next;
		name = next_name;
		value = next_value;
	}
	return true;
}

/*
 * Sets the values that have no separate header, and sets missing headers to "".
 */
static void
complete_headers(struct headers *h)
{
	size_t i;

	h->assisted = h->body_file != NULL;
	for (i = 0; i < NKNOWN; i++)
		if (*header_at(h, i) == NULL)
			*header_at(h, i) = "";
}

bool
gateway_peek(struct gateway *g, struct headers *h)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	ssize_t len, n = -1;
	int tries;

	if (g->listener == -1)
		return false;
	for (tries = 0; n == -1 && tries < PEEK_TRIES; tries++) {
		if (tries > 0)
			nanosleep(&tick, NULL);
		/* Leave one byte for the last NUL. */
		len = recv(
		    g->fcgx.ipcFd, g->peeked, sizeof g->peeked - 1, MSG_PEEK);
		if (len <= 0)
			return false;
		n = join_params(g->peeked, (size_t)len);
	}
	*h = (struct headers){ 0 };
	if (n == -1 || !set_params(h, g->peeked, (size_t)n))
		return false;
	complete_headers(h);
	return true;
}

bool
gateway_headers(struct gateway *g, struct headers *h)
{
	char **pair = g->listener == -1 ? environ : g->fcgx.envp;
	bool ok = true;

	*h = (struct headers){ 0 };
	for (; *pair != NULL; pair++)
		ok &= set_header(h, *pair);
	if (h->content_length != NULL)
		g->unread = strtol(h->content_length, NULL, 10);
	complete_headers(h);
	return ok;
}

bool
gateway_departed(struct gateway *g)
{
	struct pollfd p = { .fd = g->fcgx.ipcFd, .events = POLLRDHUP };

	return g->listener != -1 && poll(&p, 1, 0) > 0 &&
	    (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/*
 * Reads the body under CGI. A web server may keep stdin open after the body
 * (RFC 3875, section 4.2).
 */
static ssize_t
read_stdin(struct gateway *g, char *buf, size_t len)
{
	ssize_t got;

	if (g->unread <= 0)
		return 0;
	if (len > (size_t)g->unread)
		len = (size_t)g->unread;
	got = read(STDIN_FILENO, buf, len);
	if (got > 0)
		g->unread -= got;
	return got;
}

ssize_t
gateway_read(struct gateway *g, char *buf, size_t len)
{
	int got;

	if (g->listener == -1)
		return read_stdin(g, buf, len);
	got = FCGX_GetStr(buf, (int)len, g->fcgx.in);
	return got == 0 && FCGX_GetError(g->fcgx.in) != 0 ? -1 : got;
}

/* Repeats writev() until everything is written. */
static bool
write_all(int fd, struct iovec *v, int n)
{
	ssize_t done;

	while (n > 0) {
		if (v->iov_len == 0) {
			v++, n--;
			continue;
		}
		done = writev(fd, v, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return false;
		for (; n > 0 && (size_t)done >= v->iov_len; v++, n--)
			done -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return true;
}

static void
record_head(unsigned char h[8], int type, int request, size_t len)
{
	memset(h, 0, 8);
	h[0] = 1; /* version */
	h[1] = (unsigned char)type;
	h[2] = (unsigned char)(request >> 8);
	h[3] = (unsigned char)request;
	h[4] = (unsigned char)(len >> 8);
	h[5] = (unsigned char)len;
}

/*
 * Sends data as FastCGI records, usually with a single writev(2), and adds the
 * end record after the last part. libfcgi would copy the data through an 8 kB
 * buffer and wait for the peer to close. Sending records directly made lists 30
 * % faster.
 */
static bool
send_records(struct gateway *g, const char *head, size_t head_len,
    const char *body, size_t body_len, bool last)
{
	unsigned char heads[RECORDS_AT_ONCE][8], end[16] = { 0 };
	struct iovec v[2 * RECORDS_AT_ONCE + 2], *w;
	const char *part = head;
	size_t left = head_len, len, n;
	int request = g->fcgx.requestId;

	do {
		for (n = 0, w = v; n < RECORDS_AT_ONCE && left > 0; n++) {
			len = left < RECORD_MAX ? left : RECORD_MAX;
			record_head(heads[n], TYPE_STDOUT, request, len);
			*w++ = (struct iovec){ heads[n], 8 };
			*w++ = (struct iovec){ (void *)(uintptr_t)part, len };
			part += len;
			left -= len;
			if (left == 0 && body != NULL) {
				part = body;
				left = body_len;
				body = NULL;
			}
		}
		if (left == 0 && last) {
			record_head(end, TYPE_END, request, 8);
			*w++ = (struct iovec){ end, sizeof end };
		}
		if (!write_all(g->fcgx.ipcFd, v, (int)(w - v)))
			return false;
	} while (left > 0);
	return true;
}

/*
 * Reads the rest of the request. Closing a socket with unread data would reset
 * the connection and lose the response. Apache drops the response of a CGI
 * program that ends before it has read the body.
 */
static void
drain_request(struct gateway *g)
{
	char rest[4096];

	while (gateway_read(g, rest, sizeof rest) > 0)
		continue;
}

static void
close_connection(struct gateway *g)
{
	close(g->fcgx.ipcFd);
	g->fcgx.ipcFd = -1;
	FCGX_Free(&g->fcgx, 0);
}

static bool
send_cgi(const char *head, size_t head_len, const char *body, size_t body_len)
{
	struct iovec v[2] = {
		{ (void *)(uintptr_t)head, head_len },
		{ (void *)(uintptr_t)body, body_len },
	};

	return write_all(STDOUT_FILENO, v, 2);
}

bool
gateway_write(struct gateway *g, const char *data, size_t len)
{
	struct iovec v = { (void *)(uintptr_t)data, len };

	if (g->listener == -1)
		return write_all(STDOUT_FILENO, &v, 1);
	return send_records(g, data, len, NULL, 0, false);
}

bool
gateway_end(struct gateway *g, bool whole)
{
	unsigned char end[16] = { 0 };
	struct iovec v = { end, sizeof end };
	bool ok = whole;

	if (g->listener == -1)
		return whole;
	drain_request(g);
	if (whole) {
		record_head(end, TYPE_END, g->fcgx.requestId, 8);
		ok = write_all(g->fcgx.ipcFd, &v, 1);
	}
	close_connection(g);
	return ok;
}

bool
gateway_finish(struct gateway *g, const char *head, size_t head_len,
    const char *body, size_t body_len)
{
	bool ok;

	drain_request(g);
	if (g->listener == -1)
		return send_cgi(head, head_len, body, body_len);
	ok = send_records(g, head, head_len, body, body_len, true);
	close_connection(g);
	return ok;
}
