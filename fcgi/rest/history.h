#ifndef HISTORY_H
#define HISTORY_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * Lists the changes of a row, newest first. The parameters limit and before
 * select the page. With as_of, returns the row at that time.
 */
enum problem_code resource_history(
    struct request *, struct response *) MUST_CHECK;

#endif
