/* Periodic task that compares organizations' usage with their quotas. */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/config.h"
#include "lib/db/db.h"
#include "schema/ops/quota.h"

#define QUOTAS 200 /* quotas per transaction */

static enum task_status
check_quotas(struct job_context *w)
{
	struct db_step step = ops_check_quotas(
	    w->arena, .batch = "200", .language = w->config->language);

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return strtol(db_text(&step, 0, 0), NULL, 10) >= QUOTAS ? TASK_MORE
								: TASK_DONE;
}

const struct periodic_task quotas_task = { "quotas", 60, check_quotas };
