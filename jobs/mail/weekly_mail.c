/* Periodic task that writes users' weekly emails. */

#include "jobs/base/periodic_tasks.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/weekly_mail.h"

#define MOST    50   /* emails per run */
#define MOST_MS 1000 /* milliseconds until other tasks have their turn */

static enum task_status
end_run(int written, enum task_status end)
{
	if (written > 0)
		log_info("weekly mails=%d", written);
	return end;
}

/*
 * Sends weekly emails. Each has a separate transaction with its recipient's
 * permissions. At most 50 emails are queued every 15 s, because emails for
 * requests, such as a password link, wait behind them. Writing an email may
 * read many rows, so a long run pauses to let other tasks run.
 */
static enum task_status
send_weekly_mail(struct job_context *w)
{
	int64_t until = clock_ms() + MOST_MS;
	int i, written = 0;

	for (i = 0; i < MOST && clock_ms() < until; i++) {
		struct db_step next = ops_next_weekly_mail(w->arena);
		struct db_step send, defer;
		const char *recipient;

		if (!periodic_tasks_query(w, &next))
			return TASK_FAILED;
		if ((recipient = db_text(&next, 0, 0)) == NULL)
			return end_run(written, TASK_DONE);
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
	return end_run(written, i < MOST ? TASK_SLOW : TASK_DONE);
}

const struct periodic_task weekly_mail_task = { "weekly_mail", 15,
	send_weekly_mail };
