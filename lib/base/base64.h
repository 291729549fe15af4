#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

struct arena;

/*
 * RFC 4648 base64 with padding, and base64url without padding. The decoders
 * accept only the canonical form, so that no two texts decode to the same
 * bytes. They return NULL for any other text. The arena owns the results.
 */
const char *base64_encode(struct arena *, const void *, size_t len);
const char *base64url_encode(struct arena *, const void *, size_t len);
unsigned char *base64_decode(struct arena *, const char *text, size_t *len);
unsigned char *base64url_decode(struct arena *, const char *text, size_t *len);

/* Returns bytes as lower-case hexadecimal digits. */
const char *hex_encode(struct arena *, const void *, size_t len);

/*
 * Returns the bytes for 2n hexadecimal digits, as Postgres writes them. Never
 * returns NULL.
 */
char *hex_decode(struct arena *, const char *digits, size_t n);

#endif
