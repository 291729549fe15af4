#ifndef STATEMENT_H
#define STATEMENT_H

#include "lib/base/buf.h"
#include "lib/db/db.h"

struct arena;

/*
 * A SQL statement under construction. Its text must come from literals and
 * descriptors; a client's values go through statement_value().
 */
struct statement {
	struct buf text;
	const char **values;
	int nvalues;
	int size;
};

void statement_init(struct statement *, struct arena *);

/* Appends "$n::type" and adds the parameter. NULL means SQL NULL. */
void statement_value(struct statement *, const char *value, const char *type);

/* Returns the finished step, which lives as long as the arena. */
struct db_step statement_step(const struct statement *);

#endif
