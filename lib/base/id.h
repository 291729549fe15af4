#ifndef ID_H
#define ID_H

#include <stdbool.h>

struct arena;

/* A UUID of version 7 as text. */
const char *id_new(struct arena *);

/* True for the id of a request that nginx made: 32 hexadecimal digits. */
bool id_is_request(const char *);

#endif
