/* Periodic task that writes the emails about planned maintenance. */

#include <stdlib.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/maintenance.h"

/*
 * Sends the emails. At most 300 are queued every 15 s, because emails for
 * requests, such as a password link, wait behind them.
 */
static enum task_status
send_maintenance_mail(struct job_context *w)
{
	struct db_step step = ops_send_maintenance_mail(w->arena,
	    .batch = "300", .language = w->config->language,
	    .url = arena_printf(w->arena, "%s/status/", w->config->base_url));
	long n;

	if (!periodic_tasks_query(w, &step))
		return TASK_FAILED;
	n = strtol(db_text(&step, 0, 0), NULL, 10);
	if (n > 0)
		log_info("maintenance mails=%ld", n);
	return TASK_DONE;
}

const struct periodic_task maintenance_task = { "maintenance", 15,
	send_maintenance_mail };
