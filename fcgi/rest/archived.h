#ifndef ARCHIVED_H
#define ARCHIVED_H

#include "lib/base/problem.h"

struct json_object;
struct request;

/*
 * Returns the filter with a condition that omits archived rows, if the resource
 * archives rows and the filter names neither archived_at nor IDs. Otherwise
 * returns the filter. The filter may be NULL.
 */
struct json_object *archived_omit_rows(
    struct request *, struct json_object *filter);

/*
 * Omits archived rows from a list of a resource that archives rows, unless the
 * request asks for them: by include, by IDs or by a filter on archived_at.
 */
enum problem_code archived_omit(struct request *) MUST_CHECK;

#endif
