#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* The caller's span (W3C Trace Context). */
struct trace_parent {
	char trace[33], span[17];
	bool sampled; /* the caller asks to record the trace */
};

/* A recorded request or job, with a span for each of its parts. */
struct trace;

/* An attribute of a span: a text, or a number if text is NULL. */
struct trace_value {
	const char *key;
	const char *text;
	long long number;
};

/*
 * Sends all spans of this process to this socket (see lib/net/trace_export.h).
 * Spans are dropped without a socket and while the socket's buffer is full.
 */
void trace_open(int socket);

/*
 * Returns false for NULL and for a traceparent that W3C Trace Context considers
 * invalid.
 */
bool trace_parse(const char *traceparent, struct trace_parent *);

/*
 * Returns true if a request must be recorded. If there is a parent, its caller
 * may request the recording, at most twenty times per second in this process.
 * Otherwise, the given percentage of the requests is recorded if spans are
 * sent.
 */
bool trace_wanted(const struct trace_parent *parent, long percent);

/* Begins a span. parent is NULL for the first span of a trace. */
struct trace *trace_begin(struct arena *, const struct trace_parent *parent);

/* Returns the traceparent that identifies this span to other systems. */
const char *trace_header(const struct trace *);

/* Adds a part, such as a round trip, that began at clock_us() and ends now. */
void trace_part(struct trace *, const char *name, int64_t began,
    const struct trace_value *values, size_t nvalues);

/* Returns the sum of the durations of all parts in microseconds. */
int64_t trace_parts_us(const struct trace *);

enum trace_kind { TRACE_SERVER = 2, TRACE_CONSUMER = 5 }; /* OTLP values */

/* Ends the span and sends it with its parts. */
void trace_end(struct trace *, enum trace_kind, const char *name, bool failed,
    const struct trace_value *values, size_t nvalues);

#endif
