#ifndef ARRAY_UPDATE_H
#define ARRAY_UPDATE_H

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;
struct statement;

/*
 * Whether to set columns to the values in a body, or to add or remove array
 * elements.
 */
enum array_change { ARRAY_SET, ARRAY_ADD, ARRAY_REMOVE };

/*
 * Checks the members of a body. ARRAY_ADD and ARRAY_REMOVE require lists for
 * columns of type bigint[].
 */
enum problem_code array_update_check(struct request *, const struct resource *,
    enum array_change, struct json_object *taken) MUST_CHECK;

/*
 * Writes the assignments "a = ..., b = ..." for ARRAY_ADD or ARRAY_REMOVE: the
 * current array of row t plus or minus the elements of record n. Concurrent
 * updates are therefore not lost.
 */
void array_update_put(
    struct statement *, enum array_change, struct json_object *taken);

#endif
