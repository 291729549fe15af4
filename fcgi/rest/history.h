#ifndef HISTORY_H
#define HISTORY_H

#include "lib/base/problem.h"

struct request;
struct response;

#define HISTORY_MAX "200" /* maximum of the limit parameter */

/*
 * Lists a row's changes, newest first. The parameters limit and before select
 * the page. With as_of, the response is the row as it was at that time.
 */
enum problem_code resource_history(
    struct request *, struct response *) MUST_CHECK;

#endif
