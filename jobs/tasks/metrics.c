/* Periodic task that computes daily metrics, one organization at a time. */

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/metrics.h"

static enum task_status
compute_metrics(struct job_context *w)
{
	struct db_step claim = ops_claim_metrics(w->arena);
	struct db_step compute;
	const char *organization;

	if (!periodic_tasks_query(w, &claim))
		return TASK_FAILED;
	if ((organization = db_text(&claim, 0, 0)) == NULL)
		return TASK_DONE;
	compute = ops_compute_metrics(w->arena, .organization = organization);
	/* One that fails is due again in an hour, and holds up no other. */
	if (!periodic_tasks_query(w, &compute) ||
	    db_text(&compute, 0, 0) == NULL)
		log_error("metrics_failed organization=%s", organization);
	return TASK_MORE;
}

const struct periodic_task metrics_task = { "metrics", 60, compute_metrics };
