#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include <stdbool.h>

struct arena;
struct json_object;
struct migration;
struct pg;

/*
 * Returns the row count and a checksum of each source table that a step reads,
 * as an object, or NULL on an error. The checksum changes with every change of
 * a row or of the columns. Within one database, to which users continue to
 * write, it changes only with the columns.
 */
struct json_object *fingerprint_source(struct migration *);

/*
 * Returns the fingerprint of all tables in the clone, except logs and migration
 * state.
 */
struct json_object *fingerprint_target(struct migration *);

/* Returns the SHA-256 of a fingerprint. */
const char *fingerprint_sum(struct arena *, struct json_object *);

/*
 * Reports on stderr each table that differs. Returns the number of these
 * tables. The messages call the first fingerprint "before".
 */
int fingerprint_compare(
    struct json_object *before, struct json_object *after, const char *when);

#endif
