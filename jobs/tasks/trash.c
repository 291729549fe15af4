/* Periodic task that deletes old records from the trash. */

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/db/db.h"
#include "schema/ops/trash.h"

static enum task_status
purge_trash(struct job_context *w)
{
	struct db_step step = ops_purge_trash(w->arena,
	    .age = arena_printf(w->arena, "%ld days", w->config->trash_days),
	    .batch = "1000");

	return periodic_tasks_purge(w, "trash", &step, 1000);
}

const struct periodic_task trash_task = { "trash", 60, purge_trash };
