#ifndef ADMIN_H
#define ADMIN_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/* What is shared by the handlers of the admin plugin. */

/*
 * Refuses a body: an operator is told the flaw, a code of the wire, and
 * anybody else that they have not the right, another such code.
 */
enum problem_code admin_refuse(
    struct request *, const char *right, const char *flaw) MUST_CHECK;

/*
 * Runs one statement and responds with the JSON of its first cell, or with done
 * where that is not NULL.
 */
enum problem_code admin_run(struct request *, struct response *, struct db_step,
    const char *done) MUST_CHECK;

#endif
