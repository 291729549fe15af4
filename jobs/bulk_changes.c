/* Forgets changes of many rows that can no longer be undone. */
#include "chores.h"
#include "db.h"

static enum chore_end
run(struct workshop *w)
{
	struct db_step step = {
		.sql = SQL("SELECT ops.purge_bulk_changes(20)"),
	};

	return chores_purge(w, "bulk_changes", &step, 20);
}

const struct chore bulk_changes_chore = { "bulk_changes", 3600, run };
