#ifndef LIMIT_H
#define LIMIT_H

#include "lib/base/problem.h"

struct request;

/*
 * How often one address (of IPv6: one network) may come to a path: for those
 * where something can be guessed or that send mail.  The counters are in the
 * database, so all workers of all pools share them and a restart loses none.
 * Elsewhere nginx keeps floods away.
 */

/*
 * Counts the request or refuses it, before anything is looked up for it.  A
 * path that leads nowhere counts with its kind.
 */
enum problem_code limit_check(struct request *) MUST_CHECK;

#endif
