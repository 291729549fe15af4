#ifndef ORGANIZATION_H
#define ORGANIZATION_H

#include "lib/base/problem.h"
#include "lib/db/db.h"

struct request;
struct response;

/* What is shared by the handlers of the organization plugin. */

/* The text, or NULL where it is missing or empty: then it means nothing. */
const char *organization_meant(const char *text);

/*
 * Runs one function of the database, which looks at something or changes it,
 * and answers with its one cell.
 */
enum problem_code organization_read(struct request *, struct response *,
    struct sql, const char *const *params, int nparams) MUST_CHECK;
enum problem_code organization_write(struct request *, struct response *,
    struct sql, const char *const *params, int nparams) MUST_CHECK;

#endif
