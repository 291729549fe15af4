/* Periodic task that writes the mails that users get once a week. */

#include "jobs/periodic_tasks.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/weekly_mail.h"

#define MOST 50 /* of a run */

/*
 * Each mail has a transaction of its own, as its recipient.  At most 50 every
 * 15 s, and never at once: mails of requests, such as a link to a new password,
 * wait behind them.
 */
static enum task_status
send_weekly_mail(struct job_context *w)
{
	int i, written = 0;

	for (i = 0; i < MOST; i++) {
		struct db_step next = ops_next_weekly_mail(w->arena);
		struct db_step send, defer;
		const char *recipient;

		if (!periodic_tasks_query(w, &next))
			return TASK_FAILED;
		if ((recipient = db_text(&next, 0, 0)) == NULL)
			break;
		send = ops_send_weekly_mail(w->arena, .recipient = recipient,
		    .site = w->config->base_url);
		if (periodic_tasks_query(w, &send)) {
			written += *db_text(&send, 0, 0) == 't';
			continue;
		}
		log_error("weekly_mail_failed recipient=%s", recipient);
		defer = ops_defer_weekly_mail(w->arena, .recipient = recipient);
		if (!periodic_tasks_query(w, &defer))
			return TASK_FAILED;
	}
	if (written > 0)
		log_info("weekly mails=%d", written);
	return TASK_DONE;
}

const struct periodic_task weekly_mail_task = { "weekly_mail", 15,
	send_weekly_mail };
