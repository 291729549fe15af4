/* Forgets changes of many rows that can no longer be undone. */
#include "jobs/periodic_tasks.h"
#include "lib/db/db.h"

static enum task_status
run(struct job_context *w)
{
	struct db_step step = {
		.sql = SQL("SELECT ops.purge_bulk_changes(20)"),
	};

	return periodic_tasks_purge(w, "bulk_changes", &step, 20);
}

const struct periodic_task bulk_changes_task = { "bulk_changes", 3600, run };
