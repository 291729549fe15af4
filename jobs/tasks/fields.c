/* Periodic task that indexes and removes the values of custom fields. */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/crm/custom_field.h"

#define ROWS_MAX 2000

static enum task_status
work_on_fields(struct job_context *w)
{
	struct db_step step = crm_work_on_fields(w->arena, .batch = "2000");

	return periodic_tasks_purge(w, "fields", &step, ROWS_MAX);
}

const struct periodic_task fields_task = { "fields", 60, work_on_fields };
