#ifndef ID_H
#define ID_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Returns a new UUID, version 7 (RFC 9562), as text. */
const char *id_new(struct arena *);

/*
 * Writes a random id of at most 16 bytes as 2 * bytes digits, followed by NUL.
 */
void id_hex(char *text, size_t bytes);

/* Returns true for a $request_id of nginx: 32 lower-case hexadecimal digits. */
bool id_is_request(const char *);

#endif
