/* The chores of the audit log: to seal it, and to say daily how far. */
#include "jobs/periodic_tasks.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

/* Rows written a moment ago wait: whose clock was behind may add some. */
static enum task_status
seal_run(struct job_context *w)
{
	struct db_step step = {
		.sql =
		    SQL("SELECT sealed, more FROM ops.seal_audit(5000, '10 s', "
			"false)")
	};

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return db_bool(&step, 0, 1) ? TASK_MORE : TASK_DONE;
}

/*
 * An anchor outside of the database: with this line somebody can show that
 * no chain was cut off or made anew since.
 */
static enum task_status
seal_tell(struct job_context *w)
{
	struct db_step step = { .sql = SQL("SELECT ops.audit_head()") };

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	log_info("audit_head head=%s", db_text(&step, 0, 0));
	return TASK_DONE;
}

const struct periodic_task seal_task = { "seal", 60, seal_run };
const struct periodic_task seal_tell_task = { "seal_tell", 24 * 60 * 60,
	seal_tell };
