#ifndef DATAURL_H
#define DATAURL_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A data: URL (RFC 2397), taken apart. */
struct dataurl {
	const char *type;   /* as it says of itself; may be empty */
	const char *base64; /* a part of the URL */
	const unsigned char *bytes;
	size_t len;
};

/* True for what begins as one. */
bool dataurl_is(const char *);

/* False unless it is one in strict base64; others nobody sends. */
bool dataurl_read(struct arena *, const char *url, struct dataurl *);

#endif
