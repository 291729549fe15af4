#ifndef DB_ERROR_H
#define DB_ERROR_H

#include <libpq-fe.h>

#include "lib/base/problem.h"

struct arena;

/*
 * Fills in a problem from a PostgreSQL error: the code for its SQLSTATE, the
 * field at fault, and the message if it comes from Tenantry or is about a value
 * that the client sent. Other messages are only logged.
 */
enum problem_code db_explain(
    struct arena *, const PGresult *, struct problem *) MUST_CHECK;

#endif
