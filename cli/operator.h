#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

struct arena;
struct pg;
struct pg_rows;

/* What the commands share by which an operator acts on people and groups. */

/* From here on the logs say who acts: somebody at the command line. */
bool operator_sign(struct arena *, struct pg *);

/*
 * A statement's answer; NULL, and the reason on stderr, when it is refused.
 * Errors of the wire are told in its words.
 */
const struct pg_rows *operator_ask(struct arena *, struct pg *, const char *sql,
    int nparams, const char *const *params);

#endif
