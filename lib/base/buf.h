#ifndef BUF_H
#define BUF_H

#include <stddef.h>

struct arena;

/* A text buffer that grows in an arena, always NUL-terminated. */
struct buf {
	struct arena *arena;
	char *data;
	size_t len;
	size_t size;
};

/* Starts an empty text. */
void buf_init(struct buf *, struct arena *);

/*
 * These functions append len bytes, a string and formatted text, respectively.
 */
void buf_write(struct buf *, const char *, size_t len);
void buf_puts(struct buf *, const char *);
void buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends a quoted JSON string, escaped as PostgreSQL's to_json() does. */
void buf_json(struct buf *, const char *text);

#endif
