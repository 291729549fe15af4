/* Asks whether the database is a primary. */

#include "lib/base/arena.h"
#include "lib/db/db.h"
#include "lib/db/primary.h"

/*
 * Returns true even if the server does not respond, because it may be a
 * primary.
 */
bool
primary_found(const struct config *config)
{
	struct db_step step = {
		.sql = SQL("SELECT pg_catalog.pg_is_in_recovery()"),
	};
	struct arena *a = arena_new();
	struct db *db = db_new(config);
	struct problem why = { 0 };
	bool found = db_run(db, a, &step, 1, &why) != PROBLEM_NONE ||
	    !db_bool(&step, 0, 0);

	db_free(db);
	arena_free(a);
	return found;
}
