#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "log.h"

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

void
buf_json(struct buf *b, const char *text)
{
	const char *s = text;
	size_t plain;

	buf_puts(b, "\"");
	for (; *s != '\0'; s++) {
		plain = strcspn(s,
		    "\"\\\x01\x02\x03\x04\x05\x06\x07\x08\t\n"
		    "\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15"
		    "\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f");
		buf_write(b, s, plain);
		s += plain;
		if (*s == '\0')
			break;
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_printf(b, "\\u%04x", (unsigned char)*s);
	}
	buf_puts(b, "\"");
}
