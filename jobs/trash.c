/* Empties the trash of what has been in it for long enough. */
#include "jobs/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/db/db.h"

static enum task_status
run(struct job_context *w)
{
	const char *params[] = { arena_printf(
	    w->arena, "%ld days", w->config->trash_days) };
	struct db_step step = {
		.sql = SQL("SELECT ops.purge_trash($1::interval, 1000)"),
		.params = params,
		.nparams = 1,
	};

	return periodic_tasks_purge(w, "trash", &step, 1000);
}

const struct periodic_task trash_task = { "trash", 60, run };
