#ifndef EXTERNAL_IDS_H
#define EXTERNAL_IDS_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct db_step;
struct json_object;
struct request;
struct resource;

/* True if a body has the ids of a row in other systems. */
bool external_ids_given(
    const struct resource *, const struct json_object *body);

/*
 * Adds the step that gives the IDs of the body, {"erp":["4711"]}, to the row
 * that an earlier step wrote or locked. whole: they replace the IDs of all
 * sources; otherwise, those of the named sources.
 */
enum problem_code external_ids_put(struct request *, const struct resource *,
    struct json_object *body, bool whole, struct db_step *) MUST_CHECK;

/* Refuses ids in a body for many rows: each row has its own. */
enum problem_code external_ids_refuse(struct request *, const struct resource *,
    const struct json_object *body) MUST_CHECK;

#endif
