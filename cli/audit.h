#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>

struct pg;

/*
 * Begins a transaction with the given statement, as the role that can read
 * every row and seal, which the owner cannot.  False, with the reason on
 * stderr, when that failed.
 */
bool audit_begin(struct pg *, const char *begin);

#endif
