#ifndef STEP_H
#define STEP_H

#include <stdbool.h>

#include "lib/db/sql.h"

struct pg_result;

/* A statement in a transaction. db_run() sets result. */
struct db_step {
	struct sql sql;
	const char *const *params; /* text format; NULL is SQL NULL */
	int nparams;
	bool answer; /* cell 0 is the response that Idempotency-Key stores */
	/* Cell 1 is the ETag of the row in cell 0, or NULL. */
	bool tagged;
	struct pg_result *result;
};

#endif
