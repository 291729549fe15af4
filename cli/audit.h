#ifndef AUDIT_H
#define AUDIT_H

#include <stdbool.h>

#include "cli/command.h"

struct arena;
struct pg;

/* What "tenantry audit" does when a word follows; argv[0] is that word. */
enum status audit_seal(struct arena *, int argc, char **argv);
enum status audit_head(struct arena *, int argc, char **argv);
enum status audit_verify(struct arena *, int argc, char **argv);

/*
 * A transaction as the role that sees every row and seal, for the owner does
 * not, begun by the statement given.  False, with the reason on stderr, when
 * it may not act so.
 */
bool audit_begin(struct pg *, const char *begin);

#endif
