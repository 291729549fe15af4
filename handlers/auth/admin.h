#ifndef ADMIN_H
#define ADMIN_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/* Functions that the handlers of the admin plugin share. */

/*
 * Refuses a body. An operator gets the first Better Auth code, which names the
 * fault; other callers get the second, which names the missing permission.
 */
enum problem_code admin_refuse(
    struct request *, const char *right, const char *flaw) MUST_CHECK;

/*
 * Runs a statement. Responds with done, or, if done is NULL, with the JSON of
 * the first cell.
 */
enum problem_code admin_run(struct request *, struct response *, struct db_step,
    const char *done) MUST_CHECK;

#endif
