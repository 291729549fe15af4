/* Periodic task that computes daily metrics. */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/db/db.h"
#include "schema/ops/metrics.h"

#define DAYS_MAX 1000 /* maximum number of days per transaction */

static enum task_status
compute_metrics(struct job_context *w)
{
	struct db_step step = ops_compute_metrics(w->arena, .batch = "1000");

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return strtol(db_text(&step, 0, 0), NULL, 10) >= DAYS_MAX ? TASK_MORE
								  : TASK_DONE;
}

const struct periodic_task metrics_task = { "metrics", 60, compute_metrics };
