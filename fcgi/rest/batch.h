#ifndef BATCH_H
#define BATCH_H

#include "lib/base/problem.h"

struct request;
struct response;

#define BATCH_MAX 100 /* operations of one batch */

/*
 * The operations of the body, all in one transaction or none: each is what a
 * request of its own would be, and is refused where that would be.
 */
enum problem_code batch_run(struct request *, struct response *) MUST_CHECK;

#endif
