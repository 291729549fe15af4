/* Periodic task that runs the modules' tasks. */

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/db/db.h"
#include "schema/ops/module.h"

#define ROWS 500 /* rows per task and transaction */

static enum task_status
run_module_tasks(struct job_context *w)
{
	struct db_step step = ops_run_module_tasks(
	    w->arena, .batch = arena_printf(w->arena, "%d", ROWS));

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return db_bool(&step, 0, 0) ? TASK_MORE : TASK_DONE;
}

const struct periodic_task modules_task = { "modules", 60, run_module_tasks };
