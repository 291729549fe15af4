#ifndef STEP_H
#define STEP_H

#include <stdbool.h>

#include "lib/db/sql.h"

struct pg_result;

/* One statement of a pipeline; result is set by db_run(). */
struct db_step {
	struct sql sql;
	const char *const *params; /* text form; NULL is SQL's null */
	int nparams;
	bool answer; /* its first cell is what an Idempotency-Key keeps */
	bool tagged; /* and its second the ETag of that row, or null */
	struct pg_result *result;
};

#endif
