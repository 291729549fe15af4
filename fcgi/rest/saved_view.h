#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "lib/base/problem.h"

struct request;

/*
 * Applies the parameter view=ID of a list: adds the view's filter to that of
 * the request, and uses the view's sort if the request has none.
 */
enum problem_code saved_view_apply(struct request *) MUST_CHECK;

#endif
