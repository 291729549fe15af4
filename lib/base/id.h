#ifndef ID_H
#define ID_H

#include <stdbool.h>

struct arena;

/* A new UUID, version 7 (RFC 9562), as text. */
const char *id_new(struct arena *);

/* True for a $request_id of nginx: 32 lower-case hexadecimal digits. */
bool id_is_request(const char *);

#endif
