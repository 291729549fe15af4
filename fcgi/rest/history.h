#ifndef HISTORY_H
#define HISTORY_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * Lists the changes of a row, newest first; the parameters limit and before
 * page through them.  With as_of it returns the row at that time.
 */
enum problem_code resource_history(
    struct request *, struct response *) MUST_CHECK;

#endif
