/* Periodic task that deletes messages after the retention of their organization. */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/crm/retention.h"

static enum task_status
delete_old_messages(struct job_context *w)
{
	struct db_step step = crm_sweep_messages(w->arena, .batch = "500");

	return periodic_tasks_purge(w, "messages", &step, 500);
}

const struct periodic_task messages_task = { "messages", 60,
	delete_old_messages };
