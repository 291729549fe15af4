/* Periodic task that deletes merges that can no longer be undone. */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/ops/purge.h"

static enum task_status
purge_merges(struct job_context *w)
{
	struct db_step step = ops_purge_merges(w->arena, .batch = "1000");

	return periodic_tasks_purge(w, "merges", &step, 1000);
}

const struct periodic_task merges_task = { "merges", 60, purge_merges };
