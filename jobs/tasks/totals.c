/* Periodic task that adds up the differences of kept totals. */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/db/db.h"
#include "schema/ops/total.h"

#define TOTALS 1000

static enum task_status
fold_totals(struct job_context *w)
{
	struct db_step step = ops_fold_totals(
	    w->arena, .batch = arena_printf(w->arena, "%d", TOTALS));

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	return strtol(db_text(&step, 0, 0), NULL, 10) < TOTALS ? TASK_DONE
							       : TASK_MORE;
}

const struct periodic_task totals_task = { "totals", 5, fold_totals };
