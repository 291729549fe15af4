#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "lib/base/problem.h"

struct db_step;
struct json_object;
struct request;

/*
 * Applies the list parameter view=ID: adds the view's filter to that of the
 * request, and uses the view's sort if the request has none.
 */
enum problem_code saved_view_apply(struct request *) MUST_CHECK;

/*
 * Refuses a view whose filter the resource's list would refuse. id is the view
 * to change, or NULL for a new view or several views.
 */
enum problem_code saved_view_check(
    struct request *, const char *id, struct json_object *body) MUST_CHECK;

/*
 * Fills in the resource and a second member of a change, if they are NULL, from
 * the stored row that the step reads.
 */
enum problem_code saved_view_complete(struct request *, struct db_step *,
    int resource, int member, const char **name,
    struct json_object **value) MUST_CHECK;

#endif
