#ifndef CBOR_H
#define CBOR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Checks CBOR items (RFC 8949) before a library decodes them. Libraries
 * allocate the length that an item claims, so lengths beyond the input are
 * refused here. These functions allocate nothing.
 */
#define CBOR_DEPTH_MAX 8

/*
 * Returns the length of the first item in bytes. Returns 0 if the item is
 * malformed, truncated, of indefinite length or nested more deeply than
 * CBOR_DEPTH_MAX.
 */
size_t cbor_length(const unsigned char *, size_t len);

/*
 * Finds a byte string by its key in a map that fills the whole input. *bytes
 * points into the input.
 */
bool cbor_bytes(const unsigned char *map, size_t len, const char *name,
    const unsigned char **bytes, size_t *nbytes);

#endif
