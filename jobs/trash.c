/* Empties the trash of what has been in it for long enough. */
#include "arena.h"
#include "chores.h"
#include "config.h"
#include "db.h"

static enum chore_end
run(struct workshop *w)
{
	const char *params[] = { arena_printf(
	    w->arena, "%ld days", w->config->trash_days) };
	struct db_step step = {
		.sql = SQL("SELECT ops.purge_trash($1::interval, 1000)"),
		.params = params,
		.nparams = 1,
	};

	return chores_purge(w, "trash", &step, 1000);
}

const struct chore trash_chore = { "trash", 60, run };
