/*
 * Periodic task that deletes the files and errors of imports that can no longer
 * be undone.
 */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/ops/import.h"

static enum task_status
purge_imports(struct job_context *w)
{
	struct db_step step = ops_purge_imports(w->arena, .batch = "100");

	return periodic_tasks_purge(w, "imports", &step, 100);
}

const struct periodic_task import_files_task = { "import_files", 3600,
	purge_imports };
