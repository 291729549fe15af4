/* Looks nightly for rows that may stand for one, among those written since. */
#include "chores.h"
#include "db.h"

static enum chore_end
run(struct workshop *w)
{
	struct db_step step = {
		.sql =
		    SQL("SELECT looked, more FROM ops.scan_duplicates(200)")
	};

	if (!chores_ask(w, &step))
		return CHORE_FAILED;
	return db_bool(&step, 0, 1) ? CHORE_MORE : CHORE_DONE;
}

const struct chore duplicates_chore = { "duplicates", 600, run };
