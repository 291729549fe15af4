#ifndef DB_ERROR_H
#define DB_ERROR_H

#include <libpq-fe.h>

#include "lib/base/problem.h"

struct arena;

/*
 * Fills in a problem from an error of PostgreSQL: the code from its SQLSTATE,
 * the member at fault, and the message if it is our own or about the client's
 * value.  Other messages are logged only.
 */
enum problem_code db_explain(
    struct arena *, const PGresult *, struct problem *) MUST_CHECK;

#endif
