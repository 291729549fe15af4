#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>

struct arena;
struct pg;
struct steps;

/* One row of ops.schema_migration: a step that ran here. */
struct entry {
	int version;
	const char *name;
	const char *sum;
	const char *at; /* "2026-01-31 12:00:00Z" */
};

/* All of them, oldest first. */
struct ledger {
	struct entry *all;
	int n;
};

/*
 * Waits until no other tenantry changes this database, and says that it
 * waits.  The lock ends with the connection.
 */
bool ledger_lock(struct arena *, struct pg *);

/* Makes the table where it is missing. */
bool ledger_create(struct pg *);

/* An empty ledger where the table is missing. */
bool ledger_read(struct pg *, struct arena *, struct ledger *);

/*
 * Why what ran here is not the beginning of what the folder holds, in one
 * sentence that names the file; NULL when it is.
 */
const char *ledger_drift(
    struct arena *, const struct ledger *, const struct steps *);

/* The word for a step in a table: applied, pending, CHANGED or MISSING. */
const char *ledger_word(
    const struct ledger *, const struct steps *, int version);

#endif
