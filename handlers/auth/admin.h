#ifndef ADMIN_H
#define ADMIN_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/* Shared by the handlers of the admin plugin. */

/*
 * Refuses a body. An operator gets the first Better Auth code, which names the
 * fault; other callers get the second, which names the missing permission.
 */
enum problem_code admin_refuse(
    struct request *, const char *right, const char *flaw) MUST_CHECK;

/*
 * Runs a statement and responds with the JSON of its first cell, or with done
 * if that is not NULL.
 */
enum problem_code admin_run(struct request *, struct response *, struct db_step,
    const char *done) MUST_CHECK;

#endif
