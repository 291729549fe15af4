#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "lib/base/problem.h"

struct json_object;
struct request;

/*
 * Applies the parameter view=ID of a list: adds the view's filter to that of
 * the request, and uses the view's sort if the request has none.
 */
enum problem_code saved_view_apply(struct request *) MUST_CHECK;

/*
 * Refuses a view whose filter a list of its resource would refuse.  id is the
 * view to change; NULL for a new one, or for several.
 */
enum problem_code saved_view_check(
    struct request *, const char *id, struct json_object *body) MUST_CHECK;

#endif
