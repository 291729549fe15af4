#ifndef BULK_H
#define BULK_H

#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "lib/base/problem.h"

struct json_object;

/*
 * POST /api/RESOURCE/bulk: updates or deletes all rows that a filter or a list
 * of ids selects.
 */
action_fn resource_bulk;

/* Refuses ids that are not whole numbers, with the path of each. */
enum problem_code bulk_ids_check(
    struct request *, struct json_object *ids) MUST_CHECK;

/* The members of the request body. */
extern const struct body_field bulk_body[];

#endif
