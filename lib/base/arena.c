/* Allocates a request's memory and frees all of it at once. */

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"

/*
 * Zero allocates every object with its own malloc(), so that
 * AddressSanitizer detects every overrun.
 */
#ifndef ARENA_BLOCK
#define ARENA_BLOCK 16384
#endif

#define ALIGN _Alignof(max_align_t)

struct block {
	struct block *next;
	size_t used;
	size_t size;
	max_align_t data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *ptr;
};

struct arena {
	struct block *blocks; /* newest first */
	struct deferred *deferred;
};

static void (*on_exhausted)(void);

void
arena_on_exhausted(void (*fn)(void))
{
	on_exhausted = fn;
}

_Noreturn void
arena_exhausted(const char *what)
{
	if (on_exhausted != NULL)
		on_exhausted();
	fatal("%s: out of memory", what);
}

struct arena *
arena_new(void)
{
	struct arena *a;

	if ((a = calloc(1, sizeof *a)) == NULL)
		arena_exhausted("arena_new");
	return a;
}

void
arena_reset(struct arena *a)
{
	struct deferred *d;
	struct block *b;

	while ((d = a->deferred) != NULL) {
		a->deferred = d->next;
		d->fn(d->ptr);
	}
	while ((b = a->blocks) != NULL && b->next != NULL) {
		a->blocks = b->next;
		free(b);
	}
	if (b != NULL)
		b->used = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->blocks);
	free(a);
}

static struct block *
arena_grow(struct arena *a, size_t need)
{
	size_t size = need > ARENA_BLOCK ? need : ARENA_BLOCK;
	struct block *b;

	if ((b = malloc(sizeof *b + size)) == NULL)
		arena_exhausted("arena");
	b->size = size;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	unsigned char *p;

	if (size > SIZE_MAX / 2)
		fatal("arena: absurd size %zu", size);
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->size - b->used < size)
		b = arena_grow(a, size);
	p = (unsigned char *)b->data + b->used;
	b->used += size;
	return memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t nmemb, size_t size)
{
	if (size != 0 && nmemb > SIZE_MAX / size)
		fatal("arena: %zu objects of %zu bytes", nmemb, size);
	return arena_alloc(a, nmemb * size);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	/* s is NULL if nothing was written to the buffer. */
	return len != 0 ? memcpy(copy, s, len) : copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_lower(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s), *p;

	for (p = copy; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		fatal("arena_printf: bad format");
	s = arena_alloc(a, (size_t)len + 1);
	vsnprintf(s, (size_t)len + 1, fmt, ap);
	return s;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
	struct deferred *d = arena_alloc(a, sizeof *d);

	d->fn = fn;
	d->ptr = ptr;
	d->next = a->deferred;
	a->deferred = d;
}
