#ifndef LIMIT_H
#define LIMIT_H

#include "lib/base/problem.h"

struct request;

/*
 * Rate limits per client address (per network for IPv6), for paths that verify
 * secrets or send mail. The counters are in the database, so that all workers
 * share them and they survive a restart. nginx limits the other paths.
 */

/*
 * Counts the request, or refuses it with PROBLEM_LIMITED.  Call it before
 * the session lookup.  Unknown paths share one counter for each limit.
 */
enum problem_code limit_check(struct request *) MUST_CHECK;

#endif
