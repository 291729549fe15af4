#ifndef BATCH_H
#define BATCH_H

#include "lib/base/problem.h"

struct request;
struct response;

#define BATCH_MAX 100 /* maximum number of operations per batch */

/*
 * Runs the operations in the body in one transaction. Each operation has the
 * semantics and permissions of the corresponding single request.
 */
enum problem_code batch_run(struct request *, struct response *) MUST_CHECK;

#endif
