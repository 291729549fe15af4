#ifndef ARRAY_UPDATE_H
#define ARRAY_UPDATE_H

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;
struct statement;

/* Sets columns to the values of a body, or adds or removes array elements. */
enum array_change { ARRAY_SET, ARRAY_ADD, ARRAY_REMOVE };

/*
 * Checks the members of a body: ARRAY_ADD and ARRAY_REMOVE need columns of
 * type bigint[] and lists.
 */
enum problem_code array_update_check(struct request *, const struct resource *,
    enum array_change, struct json_object *taken) MUST_CHECK;

/*
 * Writes the assignments "a = ..., b = ..." for ARRAY_ADD or ARRAY_REMOVE:
 * the current array of row t plus or minus the elements of record n, so that
 * concurrent updates are not lost.
 */
void array_update_put(
    struct statement *, enum array_change, struct json_object *taken);

#endif
