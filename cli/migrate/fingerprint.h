#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include <stdbool.h>

struct arena;
struct json_object;
struct migration;
struct pg;

/*
 * Returns the number of rows and a checksum of each source table that a step
 * reads, as an object, or NULL on an error. The checksum changes with every
 * change of a row or of the columns. Within one database, where users continue
 * to write, it changes only with the columns.
 */
struct json_object *fingerprint_source(struct migration *);

/*
 * Returns the fingerprint of all tables of the clone, except logs and the state
 * of migrations.
 */
struct json_object *fingerprint_target(struct migration *);

/* SHA-256 of a fingerprint. */
const char *fingerprint_sum(struct arena *, struct json_object *);

/*
 * Reports each table that differs on stderr. Returns the number of such tables.
 * The first fingerprint is called "before" in the messages.
 */
int fingerprint_compare(
    struct json_object *before, struct json_object *after, const char *when);

#endif
