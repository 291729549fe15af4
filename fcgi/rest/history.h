#ifndef HISTORY_H
#define HISTORY_H

#include "lib/base/problem.h"

struct request;
struct response;

/*
 * Who changed what of the row in the path, the newest first: limit and before
 * of the query string page through it.  With as_of the row as it was then.
 */
enum problem_code resource_history(
    struct request *, struct response *) MUST_CHECK;

#endif
