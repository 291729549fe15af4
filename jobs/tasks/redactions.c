/* Periodic task that erases the audit log's copies of erased rows. */

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/ops/erasure.h"

static enum task_status
redact_audit(struct job_context *w)
{
	struct db_step step = ops_redact_audit(w->arena, .batch = "200");

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return db_text(&step, 0, 0)[0] != '0' ? TASK_MORE : TASK_DONE;
}

const struct periodic_task redactions_task = { "redactions", 10, redact_audit };
