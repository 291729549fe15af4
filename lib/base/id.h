#ifndef ID_H
#define ID_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Returns a new version 7 UUID (RFC 9562) as text. */
const char *id_new(struct arena *);

/*
 * Writes a random id of at most 16 bytes as 2 * bytes hexadecimal digits and a
 * NUL.
 */
void id_hex(char *text, size_t bytes);

/* Returns true for an nginx $request_id: 32 lower-case hexadecimal digits. */
bool id_is_request(const char *);

#endif
