#ifndef FILTER_H
#define FILTER_H

#include "lib/base/problem.h"

struct db_step;
struct json_object;
struct request;
struct statement;

/*
 * Appends " WHERE ..." for a filter object of the data wire: members are
 * "column" or "column@operator", "q" searches, "@or" and "@and" hold objects
 * of the same kind, an array means membership.  Nothing is appended for an
 * empty filter.  An unknown name or a value of another type is refused.
 *
 * *search becomes the step that must run before, where the filter has a q:
 * the statements that share the filter then search once.
 */
enum problem_code filter_put(struct request *, struct statement *,
    struct json_object *filter, struct db_step *search) MUST_CHECK;

#endif
