/* Forgets merges that can no longer be undone. */
#include "chores.h"
#include "db.h"

static enum chore_end
run(struct workshop *w)
{
	struct db_step step = { .sql = SQL("SELECT ops.purge_merges(1000)") };

	return chores_purge(w, "merges", &step, 1000);
}

const struct chore merges_chore = { "merges", 3600, run };
