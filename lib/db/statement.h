#ifndef STATEMENT_H
#define STATEMENT_H

#include "lib/base/buf.h"
#include "lib/db/db.h"

struct arena;

/*
 * One SQL statement while it is written.  Text comes from literals and from
 * descriptors only; what a client sent goes through statement_value().
 */
struct statement {
	struct buf text;
	const char **values;
	int nvalues;
	int size;
};

void statement_init(struct statement *, struct arena *);

/* Appends "$n::type" and keeps the value, which may be NULL. */
void statement_value(struct statement *, const char *value, const char *type);

/* The finished step, alive as long as the arena. */
struct db_step statement_step(const struct statement *);

#endif
