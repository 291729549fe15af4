#ifndef FAULT_SEARCH_H
#define FAULT_SEARCH_H

#include "lib/base/problem.h"

struct change;
struct request;

/*
 * Call this function after a change was refused. Adds the faults of the other
 * members of the body to the problem, so that a client can correct all of them
 * at once. Returns the code of the problem, or PROBLEM_NARROW.
 */
enum problem_code fault_search(
    struct request *, const struct change *) MUST_CHECK;

#endif
