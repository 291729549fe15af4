/* Periodic task that deletes bulk changes that can no longer be undone. */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/ops/purge.h"

static enum task_status
purge_bulk_changes(struct job_context *w)
{
	struct db_step step = ops_purge_bulk_changes(w->arena, .batch = "20");

	return periodic_tasks_purge(w, "bulk_changes", &step, 20);
}

const struct periodic_task bulk_changes_task = { "bulk_changes", 60,
	purge_bulk_changes };
