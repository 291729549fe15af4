/* Records the spans of requests and jobs as OpenTelemetry JSON (OTLP). */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/trace.h"

#define PARTS_MAX    32 /* per span */
#define CALLERS_MOST 20 /* requests per second that callers ask to record */

enum { KIND_CLIENT = 3 };

struct trace {
	struct arena *arena;
	struct trace_parent parent; /* parent.span is "" without a parent */
	char span[17];
	int64_t began; /* clock_us() */
	int64_t epoch; /* the offset from clock_us() to the time of day */
	int64_t parts_us;
	int nparts;
	struct buf json; /* the parts */
};

/* Global, like the log: every part of the program may add to a trace. */
static int exporter = -1;

void
trace_open(int socket)
{
	exporter = socket;
}

/* Returns true for n hexadecimal digits, not all of which are zero. */
static bool
is_id(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") >= n && strspn(s, "0") < n;
}

bool
trace_parse(const char *s, struct trace_parent *p)
{
	size_t len = s != NULL ? strlen(s) : 0;

	/* VERSION-TRACE-SPAN-FLAGS; later versions may have more at the end */
	if (len < 55 || strspn(s, "0123456789abcdef-") != len || s[2] != '-' ||
	    s[35] != '-' || s[52] != '-' || strchr(s, '-') != s + 2 ||
	    strncmp(s, "ff", 2) == 0 || !is_id(s + 3, 32) ||
	    !is_id(s + 36, 16) || strspn(s + 53, "0123456789abcdef") != 2 ||
	    (len > 55 && (strncmp(s, "00", 2) == 0 || s[55] != '-')))
		return false;
	*p = (struct trace_parent){ .sampled =
					strchr("13579bdf", s[54]) != NULL };
	memcpy(p->trace, s + 3, 32);
	memcpy(p->span, s + 36, 16);
	return true;
}

/*
 * Limits the cost that callers can cause: a statement that names a trace is
 * parsed each time.
 */
static bool
caller_may_ask(void)
{
	static int64_t second;
	static int asked;

	if (clock_ms() / 1000 != second) {
		second = clock_ms() / 1000;
		asked = 0;
	}
	return asked++ < CALLERS_MOST;
}

bool
trace_wanted(const struct trace_parent *parent, long percent)
{
	static unsigned long requests; /* records requests at even intervals */

	if (parent != NULL)
		return parent->sampled && caller_may_ask();
	return exporter != -1 && percent > 0 &&
	    requests++ * (unsigned long)percent % 100 < (unsigned long)percent;
}

struct trace *
trace_begin(struct arena *a, const struct trace_parent *parent)
{
	struct trace *t = arena_alloc(a, sizeof *t);
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	t->arena = a;
	t->began = clock_us();
	t->epoch =
	    now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 - t->began;
	if (parent != NULL)
		t->parent = *parent;
	else
		id_hex(t->parent.trace, 16);
	id_hex(t->span, 8);
	buf_init(&t->json, a);
	return t;
}

const char *
trace_header(const struct trace *t)
{
	return arena_printf(t->arena, "00-%s-%s-01", t->parent.trace, t->span);
}

static void
put_values(struct buf *b, const struct trace_value *values, size_t nvalues)
{
	size_t i;

	buf_puts(b, ",\"attributes\":[");
	for (i = 0; i < nvalues; i++) {
		buf_puts(b, i > 0 ? ",{\"key\":" : "{\"key\":");
		buf_json(b, values[i].key);
		if (values[i].text != NULL) {
			buf_puts(b, ",\"value\":{\"stringValue\":");
			buf_json(b, values[i].text);
			buf_puts(b, "}}");
		} else
			buf_printf(b, ",\"value\":{\"intValue\":\"%lld\"}}",
			    values[i].number);
	}
	buf_puts(b, "]");
}

/* Appends a span without its closing brace. */
static void
put_span(const struct trace *t, struct buf *b, const char *span,
    const char *parent, int kind, const char *name, int64_t began)
{
	buf_printf(
	    b, "{\"traceId\":\"%s\",\"spanId\":\"%s\",", t->parent.trace, span);
	if (*parent != '\0')
		buf_printf(b, "\"parentSpanId\":\"%s\",", parent);
	buf_puts(b, "\"name\":");
	buf_json(b, name);
	buf_printf(b,
	    ",\"kind\":%d,\"startTimeUnixNano\":\"%lld000\","
	    "\"endTimeUnixNano\":\"%lld000\"",
	    kind, (long long)began + t->epoch,
	    (long long)clock_us() + t->epoch);
}

void
trace_part(struct trace *t, const char *name, int64_t began,
    const struct trace_value *values, size_t nvalues)
{
	char span[17];

	t->parts_us += clock_us() - began;
	if (exporter == -1 || t->nparts == PARTS_MAX)
		return;
	t->nparts++;
	id_hex(span, 8);
	put_span(t, &t->json, span, t->span, KIND_CLIENT, name, began);
	put_values(&t->json, values, nvalues);
	buf_puts(&t->json, "},");
}

int64_t
trace_parts_us(const struct trace *t)
{
	return t->parts_us;
}

void
trace_end(struct trace *t, enum trace_kind kind, const char *name, bool failed,
    const struct trace_value *values, size_t nvalues)
{
	struct buf *b = &t->json;

	if (exporter == -1)
		return;
	put_span(t, b, t->span, t->parent.span, (int)kind, name, t->began);
	put_values(b, values, nvalues);
	buf_puts(b, failed ? ",\"status\":{\"code\":2}}" : "}");
	while (send(exporter, b->data, b->len, MSG_DONTWAIT) == -1 &&
	    errno == EINTR)
		continue;
}
