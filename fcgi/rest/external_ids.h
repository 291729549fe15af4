#ifndef EXTERNAL_IDS_H
#define EXTERNAL_IDS_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct db_step;
struct json_object;
struct request;
struct resource;

/* Returns true if a body contains a row's ids in other systems. */
bool external_ids_given(
    const struct resource *, const struct json_object *body);

/* Records the faults of the IDs of the body, if it contains any. */
enum problem_code external_ids_check(struct request *, const struct resource *,
    const struct json_object *body) MUST_CHECK;

/* The same for the IDs of one source: a list of texts, or null for none. */
enum problem_code external_ids_check_keys(
    struct request *, const char *source, struct json_object *list) MUST_CHECK;

/*
 * Adds the step that stores the body's IDs, {"erp":["4711"]}, for the row that
 * an earlier step wrote or locked. If whole is true, they replace the IDs from
 * all sources. Otherwise, they replace only the IDs from the named sources. The
 * IDs must have been checked.
 */
void external_ids_put(struct request *, const struct resource *,
    struct json_object *body, bool whole, struct db_step *);

/* Refuses ids in a body for many rows, because each row has different ids. */
enum problem_code external_ids_refuse(struct request *, const struct resource *,
    const struct json_object *body) MUST_CHECK;

#endif
