#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "lib/base/problem.h"

struct request;

/*
 * For a list with view=ID: the view's filter holds besides the request's own,
 * and its sort where the request has none.
 */
enum problem_code saved_view_apply(struct request *) MUST_CHECK;

#endif
