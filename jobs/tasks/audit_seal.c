/*
 * Periodic tasks for the audit log: seal entries, and log the newest seal
 * daily.
 */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/audit_seal.h"

#define AHEAD_WARN 60 /* seconds */

/*
 * Seals entries. Recent rows are sealed later, because a server whose clock is
 * behind may still add earlier rows.
 */
static enum task_status
seal_run(struct job_context *w)
{
	struct db_step step =
	    ops_seal_audit(w->arena, .most = "5000", .behind = "10 s");

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	if (strtol(db_text(&step, 0, SEAL_AUDIT_AHEAD), NULL, 10) >= AHEAD_WARN)
		log_error("audit_clock ahead=%s",
		    db_text(&step, 0, SEAL_AUDIT_AHEAD));
	return db_bool(&step, 0, SEAL_AUDIT_MORE) ? TASK_MORE : TASK_DONE;
}

/*
 * Logs the newest seal. This log line is an anchor outside the database. It
 * proves that no chain has been shortened or rewritten since.
 */
static enum task_status
seal_log_head(struct job_context *w)
{
	struct db_step step = ops_audit_head(w->arena);

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	log_info("audit_head head=%s", db_text(&step, 0, 0));
	return TASK_DONE;
}

const struct periodic_task seal_task = { "seal", 60, seal_run };
const struct periodic_task seal_tell_task = { "seal_tell", 24 * 60 * 60,
	seal_log_head };
