/* Sends spans to an OpenTelemetry collector (OTLP/HTTP with JSON). */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/host_name.h"
#include "lib/base/log.h"
#include "lib/base/url.h"
#include "lib/base/version.h"
#include "lib/net/http_client.h"
#include "lib/net/trace_export.h"

#define BATCH_MS    1000
#define BATCH_BYTES (1u << 20)
#define MESSAGE_MAX 131072 /* the socket refuses larger messages */
#define SEND_MS     5000
#define HEADERS_MAX 16

struct exporter {
	const struct config *config;
	struct http_connection *line;
	struct arena *arena; /* freed after each batch */
	struct buf spans;
	int64_t since; /* time when the first span of the batch arrived */
	const char *headers[HEADERS_MAX + 2];
	bool failing; /* the failure has already been logged */
};

bool
trace_export_sockets(int sockets[2])
{
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets) == 0;
}

/*
 * Decodes a percent-encoded value. Any other value, such as "100%", is left
 * unchanged.
 */
static const char *
header_value(struct arena *a, const char *s, size_t len)
{
	const char *encoded = arena_strndup(a, s, len);
	const char *value = url_decode(a, encoded);

	return value != NULL ? value : encoded;
}

/*
 * Parses "key=value,key=value" in OTEL_EXPORTER_OTLP_HEADERS. Blanks are
 * ignored.
 */
static void
read_headers(struct exporter *e, struct arena *a)
{
	const char *s = e->config->otlp_headers;
	int n = 0;

	e->headers[n++] = "Content-Type: application/json";
	for (; *s != '\0' && n <= HEADERS_MAX; s += *s == ',') {
		const char *key = s + strspn(s, " ");
		size_t key_len = strcspn(key, " =,");
		const char *value = key + key_len + strspn(key + key_len, " ");
		size_t value_len;

		s = value + strcspn(value, ",");
		if (key_len == 0 || *value != '=')
			continue;
		value += 1 + strspn(value + 1, " ");
		value_len = strcspn(value, ",");
		while (value_len > 0 && value[value_len - 1] == ' ')
			value_len--;
		e->headers[n++] = arena_printf(a, "%.*s: %s", (int)key_len, key,
		    header_value(a, value, value_len));
	}
}

static const char *
request_body(struct exporter *e, size_t *len)
{
	struct buf b;

	buf_init(&b, e->arena);
	buf_puts(&b,
	    "{\"resourceSpans\":[{\"resource\":{\"attributes\":["
	    "{\"key\":\"service.name\",\"value\":{\"stringValue\":"
	    "\"tenantry\"}},{\"key\":\"service.version\",\"value\":"
	    "{\"stringValue\":\"" TENANTRY_VERSION
	    "\"}},{\"key\":\"host.name\",\"value\":{\"stringValue\":");
	buf_json(&b, host_name(e->arena));
	buf_puts(&b,
	    "}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"tenantry\"},"
	    "\"spans\":[");
	buf_write(&b, e->spans.data, e->spans.len);
	buf_puts(&b, "]}]}]}");
	*len = b.len;
	return b.data;
}

static void
start_batch(struct exporter *e)
{
	arena_reset(e->arena);
	buf_init(&e->spans, e->arena);
}

static void
send_batch(struct exporter *e)
{
	const char *url = e->config->otlp_url;
	size_t len, url_len = strlen(url);
	struct http_request t = {
		.who = "traces",
		.url = arena_printf(e->arena, "%s%sv1/traces", url,
		    url[url_len - 1] == '/' ? "" : "/"),
		.protocols = "http,https",
		.reach = HTTP_ANY,
		.connect_ms = SEND_MS / 2,
		.ms = SEND_MS,
		.most = 65536,
		.cut = true,
		.headers = e->headers,
	};
	struct http_reply reply;
	bool ok;

	t.body = request_body(e, &len);
	t.body_len = len;
	ok = http_client_send(e->arena, e->line, &t, &reply);
	if (ok && (reply.status < 200 || reply.status > 299)) {
		reply.error = "the collector refused them";
		ok = false;
	}
	if (!ok && !e->failing)
		log_error("traces lost=yes status=%ld error=\"%s\"",
		    reply.status, reply.error);
	if (ok && e->failing)
		log_info("traces lost=no");
	e->failing = !ok;
	start_batch(e);
}

/* Reads a message from trace_end(). Returns false if there is none. */
static bool
receive(struct exporter *e, int socket)
{
	static char message[MESSAGE_MAX];
	ssize_t n = recv(socket, message, sizeof message, MSG_DONTWAIT);

	if (n <= 0 || (size_t)n == sizeof message)
		return n > 0;
	if (e->spans.len == 0)
		e->since = clock_ms();
	else
		buf_puts(&e->spans, ",");
	buf_write(&e->spans, message, (size_t)n);
	return true;
}

static void
wait_for_spans(const struct exporter *e, int socket, const sigset_t *waiting)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	int64_t ms =
	    e->spans.len > 0 ? e->since + BATCH_MS - clock_ms() : BATCH_MS;
	struct timespec t = { 0 };

	if (ms > 0)
		t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	ppoll(&p, 1, &t, waiting);
}

void
trace_export_run(const struct config *config, int socket,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	struct exporter e = { .config = config };
	struct arena *own = arena_new();

	e.arena = arena_new();
	e.line = http_connection_new();
	read_headers(&e, own);
	start_batch(&e);
	while (!*stopping) {
		wait_for_spans(&e, socket, waiting);
		while (e.spans.len < BATCH_BYTES && receive(&e, socket))
			continue;
		if (e.spans.len >= BATCH_BYTES ||
		    (e.spans.len > 0 && clock_ms() >= e.since + BATCH_MS))
			send_batch(&e);
	}
	while (e.spans.len < BATCH_BYTES && receive(&e, socket))
		continue;
	if (e.spans.len > 0)
		send_batch(&e);
	http_connection_free(e.line);
	arena_free(e.arena);
	arena_free(own);
}
