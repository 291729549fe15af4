#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include <stdbool.h>

struct arena;
struct json_object;
struct migration;
struct pg;

/*
 * The number of rows and a checksum of each source table that a step reads, as
 * an object; NULL on failure. It changes with every change of a row or of the
 * columns. Within one database, where users continue to write, it changes only
 * with the columns.
 */
struct json_object *fingerprint_source(struct migration *);

/* The same for all tables of the clone, without logs and the state of
 * migrations. */
struct json_object *fingerprint_target(struct migration *);

/* SHA-256 of a fingerprint. */
const char *fingerprint_sum(struct arena *, struct json_object *);

/*
 * Reports each table that differs on stderr; returns their number.  The first
 * fingerprint is called "before" in the messages.
 */
int fingerprint_compare(
    struct json_object *before, struct json_object *after, const char *when);

#endif
