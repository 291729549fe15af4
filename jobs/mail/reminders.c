/* Periodic task that emails due reminders of appointments and tasks. */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/reminder.h"

#define BATCH 100

static enum task_status
send_reminders(struct job_context *w)
{
	struct db_step step = ops_send_reminders(
	    w->arena, .batch = "100", .language = w->config->language);
	long n;

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	n = strtol(db_text(&step, 0, 0), NULL, 10);
	if (n > 0)
		log_info("reminders due=%ld", n);
	return n >= BATCH ? TASK_MORE : TASK_DONE;
}

const struct periodic_task reminders_task = { "reminders", 15, send_reminders };
