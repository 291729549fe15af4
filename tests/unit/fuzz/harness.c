#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "tests/unit/fixture.h"
#include "tests/unit/fuzz/harness.h"

static jmp_buf escape;
static int armed;

void
harness_broken(const char *promise)
{
	fprintf(stderr, "broken promise: %s\n", promise);
	abort();
}

struct request *
harness_request(void)
{
	void *state = NULL;

	fixture_setup(&state);
	return state;
}

void
harness_end(struct request *rq)
{
	arena_free(rq->arena);
}

const char *
harness_line(struct arena *a, const uint8_t **data, size_t *size)
{
	const char *start = (const char *)*data;
	const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
	size_t len = end != NULL ? (size_t)(end - *data) : *size;

	if (*size == 0)
		return "";
	*data += len + (end != NULL);
	*size -= len + (end != NULL);
	return arena_strndup(a, start, len);
}

_Bool
harness_survives(void (*fn)(void *), void *arg)
{
	_Bool survived;

	armed = 1;
	if ((survived = setjmp(escape) == 0))
		fn(arg);
	armed = 0;
	return survived;
}

/*
 * These functions replace log.c. They print nothing, and fatal() can be caught.
 */

void
log_open(enum log_level most)
{
	(void)most;
}

void
log_request_id(const char *id)
{
	(void)id;
}

void
log_error(const char *fmt, ...)
{
	(void)fmt;
}

void
log_info(const char *fmt, ...)
{
	(void)fmt;
}

void
log_debug(const char *fmt, ...)
{
	(void)fmt;
}

void
fatal(const char *fmt, ...)
{
	if (armed)
		longjmp(escape, 1);
	harness_broken(fmt);
}
