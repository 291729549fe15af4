/* Periodic task that searches for duplicates among changed records. */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/ops/duplicate.h"

static enum task_status
scan_duplicates(struct job_context *w)
{
	struct db_step step = ops_scan_duplicates(w->arena, .batch = "200");

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return db_bool(&step, 0, SCAN_DUPLICATES_MORE) ? TASK_SLOW : TASK_DONE;
}

const struct periodic_task duplicates_task = { "duplicates", 600,
	scan_duplicates };
