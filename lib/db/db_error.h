#ifndef DB_ERROR_H
#define DB_ERROR_H

#include <libpq-fe.h>

#include "lib/base/problem.h"

struct arena;

/*
 * What the server's complaint means to a client: the code by its SQLSTATE,
 * the member it is about, and of its text only what is ours or about the
 * client's own value.  The rest goes to the log.
 */
enum problem_code db_explain(
    struct arena *, const PGresult *, struct problem *) MUST_CHECK;

#endif
