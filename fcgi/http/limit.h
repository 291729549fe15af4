#ifndef LIMIT_H
#define LIMIT_H

#include "lib/base/problem.h"

struct request;

/*
 * Rate limits per client address (per network for IPv6), for paths that verify
 * secrets or send emails. The counters are in the database, so that all workers
 * share them and a restart does not reset them. nginx limits the other paths.
 */

/*
 * Counts the request, or refuses it with PROBLEM_LIMITED. Call this function
 * before the session lookup. Unknown paths share one counter for each limit.
 */
enum problem_code limit_check(struct request *) MUST_CHECK;

#endif
