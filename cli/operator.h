#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

struct arena;
struct invocation;
struct pg;
struct pg_rows;

/* Sets the name of the operator in the logs. */
bool operator_sign(struct arena *, struct pg *);

/*
 * Runs a statement; NULL, with the reason on stderr, when it failed.  Errors
 * of Better Auth have the same texts as in the API.
 */
const struct pg_rows *operator_ask(struct invocation *, const char *sql,
    int nparams, const char *const *params);

#endif
