/* Forgets merges that can no longer be undone. */
#include "jobs/periodic_tasks.h"
#include "lib/db/db.h"

static enum task_status
run(struct job_context *w)
{
	struct db_step step = { .sql = SQL("SELECT ops.purge_merges(1000)") };

	return periodic_tasks_purge(w, "merges", &step, 1000);
}

const struct periodic_task merges_task = { "merges", 3600, run };
