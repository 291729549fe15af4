/* Mails reminders of appointments and tasks when they are due. */
#include <stdlib.h>

#include "jobs/periodic_tasks.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

#define BATCH 100

static enum task_status
run(struct job_context *w)
{
	const char *params[] = { w->config->language };
	struct db_step step = {
		.sql = SQL("SELECT ops.send_reminders(100, $1)"),
		.params = params,
		.nparams = 1,
	};
	long n;

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	n = strtol(db_text(&step, 0, 0), NULL, 10);
	if (n > 0)
		log_info("reminders due=%ld", n);
	return n >= BATCH ? TASK_MORE : TASK_DONE;
}

const struct periodic_task reminders_task = { "reminders", 15, run };
