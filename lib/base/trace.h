#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* The caller's span (W3C Trace Context). */
struct trace_parent {
	char trace[33], span[17];
	bool
	    sampled; /* the caller records the trace, and asks us to record it */
};

/* A recorded request or job, with a span for each of its parts. */
struct trace;

/* A value of a span: a text, or a number if text is NULL. */
struct trace_value {
	const char *key;
	const char *text;
	long long number;
};

/*
 * Sends all spans of this process to this socket, see lib/net/trace_export.h.
 * Without it, or while its buffer is full, spans are dropped.
 */
void trace_open(int socket);

/* False for NULL and a traceparent that breaks a rule of W3C Trace Context. */
bool trace_parse(const char *traceparent, struct trace_parent *);

/*
 * True if a request is recorded: at the caller's request, at most twenty times
 * a second in this process, or as one of percent, if spans are sent.
 */
bool trace_wanted(const struct trace_parent *parent, long percent);

/* Begins a span. parent is NULL for the first span of a trace. */
struct trace *trace_begin(struct arena *, const struct trace_parent *parent);

/* The traceparent that names this span to others. */
const char *trace_header(const struct trace *);

/* Adds a part that began at clock_us() and ends now, such as a round trip. */
void trace_part(struct trace *, const char *name, int64_t began,
    const struct trace_value *values, size_t nvalues);

/* The sum of all parts in microseconds. */
int64_t trace_parts_us(const struct trace *);

enum trace_kind { TRACE_SERVER = 2, TRACE_CONSUMER = 5 }; /* of OTLP */

/* Ends the span and sends it with its parts. */
void trace_end(struct trace *, enum trace_kind, const char *name, bool failed,
    const struct trace_value *values, size_t nvalues);

#endif
