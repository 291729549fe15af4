/* Counts the days of one organization after another. */
#include "jobs/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

static enum task_status
run(struct job_context *w)
{
	struct db_step claim = { .sql = SQL("SELECT ops.claim_metrics()") };
	const char *params[1];
	struct db_step compute = {
		.sql = SQL("SELECT ops.compute_metrics($1::uuid)"),
		.params = params,
		.nparams = 1,
	};

	if (!periodic_tasks_query(w, &claim))
		return TASK_FAILED;
	if ((params[0] = db_text(&claim, 0, 0)) == NULL)
		return TASK_DONE;
	/* One that fails is due again in an hour, and holds up no other. */
	if (!periodic_tasks_query(w, &compute))
		log_error("metrics_failed organization=%s", params[0]);
	return TASK_MORE;
}

const struct periodic_task metrics_task = { "metrics", 60, run };
