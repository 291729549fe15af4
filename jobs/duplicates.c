/* Looks nightly for rows that may stand for one, among those written since. */
#include "jobs/periodic_tasks.h"
#include "lib/db/db.h"

static enum task_status
run(struct job_context *w)
{
	struct db_step step = {
		.sql =
		    SQL("SELECT looked, more FROM ops.scan_duplicates(200)")
	};

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return db_bool(&step, 0, 1) ? TASK_MORE : TASK_DONE;
}

const struct periodic_task duplicates_task = { "duplicates", 600, run };
