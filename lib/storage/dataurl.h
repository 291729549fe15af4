#ifndef DATAURL_H
#define DATAURL_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The parts of a data: URL (RFC 2397). */
struct dataurl {
	const char *type;   /* declared media type; may be empty */
	const char *base64; /* points into the URL */
	const unsigned char *bytes;
	size_t len;
};

/* Returns true for a text that starts with "data:". */
bool dataurl_is(const char *);

/* Parses a base64 data: URL. Returns false for any other text. */
bool dataurl_read(struct arena *, const char *url, struct dataurl *);

#endif
