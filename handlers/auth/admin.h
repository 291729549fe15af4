#ifndef ADMIN_H
#define ADMIN_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/* Functions that the admin plugin's handlers share. */

/*
 * Refuses a body. An operator gets the first Better Auth code, which names the
 * fault. Other callers get the second code, which names the missing permission.
 */
enum problem_code admin_refuse(
    struct request *, const char *right, const char *flaw) MUST_CHECK;

/*
 * Runs a statement. Responds with done or, if done is NULL, with the JSON in
 * the first cell.
 */
enum problem_code admin_run(struct request *, struct response *, struct db_step,
    const char *done) MUST_CHECK;

#endif
