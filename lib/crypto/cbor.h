#ifndef CBOR_H
#define CBOR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where items of CBOR (RFC 8949) end, before a library reads what is in them:
 * nothing is allocated, and what is longer than it weighs is refused.
 */
#define CBOR_DEPTH_MAX 8

/*
 * Length of the item that the bytes begin with; 0 when it is broken, cut off,
 * of indefinite length or too deep.
 */
size_t cbor_length(const unsigned char *, size_t len);

/* The byte string that a map, which must be all there is, has by that name. */
bool cbor_bytes(const unsigned char *map, size_t len, const char *name,
    const unsigned char **bytes, size_t *nbytes);

#endif
