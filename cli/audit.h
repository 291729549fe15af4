#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>

struct pg;

/*
 * Becomes, until the end of the transaction, the role that can read every row
 * and seal, which the owner cannot.  False, with the reason on stderr, when
 * that failed.
 */
bool audit_become(struct pg *);

/* Begins a transaction with the given statement, as that role. */
bool audit_begin(struct pg *, const char *begin);

#endif
