#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>

struct pg;

/*
 * A transaction as the role that sees every row and seal, for the owner does
 * not, begun by the statement given.  False, with the reason on stderr, when
 * it may not act so.
 */
bool audit_begin(struct pg *, const char *begin);

#endif
