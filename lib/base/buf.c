/* Builds text in a buffer that grows in an arena. */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

static void
buf_reserve(struct buf *b, size_t more)
{
	size_t size = b->size;
	char *data;

	if (more >= SIZE_MAX / 4 - b->len)
		fatal("buf: absurd size");
	while (size <= b->len + more)
		size *= 2;
	if (size == b->size)
		return;
	data = arena_alloc(b->arena, size);
	memcpy(data, b->data, b->len);
	b->data = data;
	b->size = size;
}

void
buf_init(struct buf *b, struct arena *a)
{
	b->arena = a;
	b->len = 0;
	b->size = 256;
	b->data = arena_alloc(a, b->size);
}

void
buf_write(struct buf *b, const char *s, size_t len)
{
	if (len == 0)
		return; /* s may be NULL */
	buf_reserve(b, len);
	memcpy(b->data + b->len, s, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_write(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		fatal("buf_printf: bad format");
	buf_reserve(b, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

/*
 * Returns the letter after the backslash in PostgreSQL's JSON, or 0 for \u00XX.
 */
static char
short_escape(char c)
{
	switch (c) {
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '"':
	case '\\':
		return c;
	default:
		return 0;
	}
}

void
buf_json(struct buf *b, const char *text)
{
	const char *s, *plain = text;

	buf_write(b, "\"", 1);
	for (s = text; *s != '\0'; s++) {
		if ((unsigned char)*s >= ' ' && *s != '"' && *s != '\\')
			continue;
		buf_write(b, plain, (size_t)(s - plain));
		plain = s + 1;
		if (short_escape(*s) != 0)
			buf_write(b, (char[]){ '\\', short_escape(*s) }, 2);
		else
			buf_printf(b, "\\u%04x", (unsigned char)*s);
	}
	buf_write(b, plain, (size_t)(s - plain));
	buf_write(b, "\"", 1);
}
