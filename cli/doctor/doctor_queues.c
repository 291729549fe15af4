/* The tenantry doctor checks of the queues of tenantry-jobs. */
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"

/*
 * Seconds that a queue's oldest entry may have waited. Users wait for emails
 * with links. A receiver that defers an email does so for longer than a minute.
 */
static const struct patience {
	const char *queue;
	long warn, fail;
} patience[] = {
	{ "mail", 60, 300 }, { NULL, 900, 3600 }, /* all other queues */
};

static enum verdict
judge(const char *queue, long waited)
{
	const struct patience *p = patience;

	while (p->queue != NULL && strcmp(p->queue, queue) != 0)
		p++;
	return waited > p->fail ? VERDICT_FAIL
	    : waited > p->warn  ? VERDICT_WARN
				: VERDICT_OK;
}

/*
 * Returns true if the queue has a worker. Without a mail server, emails remain
 * queued, and check_mail() reports this.
 */
static bool
has_worker(const char *queue)
{
	return strcmp(queue, "mail") != 0 || *environment("SMTP_URL") != '\0';
}

static bool
check_queue(struct doctor *d, const struct pg_rows *rows, int i)
{
	const char *queue = pg_value(rows, i, 0), *error = pg_value(rows, i, 3);
	enum verdict v = judge(queue, strtol(pg_value(rows, i, 1), NULL, 10));

	if (v == VERDICT_OK || !has_worker(queue))
		return true;
	report(d, v, "queues",
	    "%s: an entry has waited for %s s, after %s attempts: %s; see "
	    "\"tenantry jobs waiting %s\"",
	    queue, pg_value(rows, i, 1), pg_value(rows, i, 2),
	    error != NULL ? error : "no error; is tenantry-jobs running?",
	    queue);
	return false;
}

/*
 * Checks the queues. check_schema() reports a schema that is too old for this
 * check.
 */
void
check_queues(struct doctor *d)
{
	static const char sql[] =
	    "SELECT q.name, floor(extract(epoch FROM coalesce(now() - q.since, "
	    "'0'))), coalesce(q.attempts, 0), q.error FROM ops.queues() q";
	const struct pg_rows *rows = pg_query(d->pg, sql, 0, NULL);
	int i, late = 0;

	if (rows == NULL) {
		report(d, VERDICT_FAIL, "queues", "%s", pg_reason(d->pg));
		return;
	}
	for (i = 0; i < pg_nrows(rows); i++)
		late += !check_queue(d, rows, i);
	if (late == 0)
		report(d, VERDICT_OK, "queues", "no entry waits for long");
}

#define LATE_WARN "3600" /* seconds */
/* Each organization usually has a turn within this time. */
#define LATE_FAIL "86400"

/*
 * Finds jobs whose runs failed repeatedly within a day, and jobs that do not
 * keep up with the number of organizations. check_services() reports a stopped
 * job.
 */
void
check_periodic_jobs(struct doctor *d)
{
	static const char sql[] =
	    "SELECT r.fails, format('%s failed at %s UTC, %s times within a "
	    "day: the log of tenantry-jobs has the reason', r.name, "
	    "to_char(r.failed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), "
	    "r.n) FROM (SELECT t.name, t.failed_at, greatest(count(l.id), 1) "
	    "AS n, count(l.id) > 1 AS fails FROM ops.periodic_task t "
	    "LEFT JOIN ops.job_log l ON l.queue = 'tasks' AND l.entry = t.name "
	    "AND l.at > now() - interval '1 day' WHERE t.failed "
	    "GROUP BY t.name, t.failed_at ORDER BY t.name) r UNION ALL "
	    "SELECT g.seconds > " LATE_FAIL ", format('%s is %s late in an "
	    "organization: too much is to be done, or it takes too long', "
	    "g.task, make_interval(secs => g.seconds)) "
	    "FROM ops.task_lags() g WHERE g.seconds > " LATE_WARN;
	const struct pg_rows *rows = pg_query(d->pg, sql, 0, NULL);
	int i;

	if (rows == NULL) {
		report(
		    d, VERDICT_FAIL, "periodic jobs", "%s", pg_reason(d->pg));
		return;
	}
	for (i = 0; i < pg_nrows(rows); i++)
		report(d,
		    strcmp(pg_value(rows, i, 0), "t") == 0 ? VERDICT_FAIL
							   : VERDICT_WARN,
		    "periodic jobs", "%s", pg_value(rows, i, 1));
	if (pg_nrows(rows) == 0)
		report(d, VERDICT_OK, "periodic jobs", "none fails or is late");
}

/* If this many fail, this machine may have no network access. */
#define MANY "5"

/*
 * Checks webhooks. Their organizations repair them, and were notified by email.
 */
void
check_webhooks(struct doctor *d)
{
	static const char sql[] =
	    "SELECT count(*), count(*) >= " MANY ", string_agg(format('webhook "
	    "%s of %s to %s since %s UTC: %s', w.webhook, w.organization, "
	    "w.host, to_char(w.since AT TIME ZONE 'UTC', 'YYYY-MM-DD "
	    "HH24:MI'), "
	    "w.error), '; ') FILTER (WHERE w.n <= 3) FROM (SELECT *, "
	    "row_number() OVER () AS n FROM ops.failing_webhooks()) w";
	const struct pg_rows *rows = pg_query(d->pg, sql, 0, NULL);

	if (rows == NULL)
		report(d, VERDICT_FAIL, "webhooks", "%s", pg_reason(d->pg));
	else if (strcmp(pg_value(rows, 0, 1), "t") == 0)
		report(d, VERDICT_WARN, "webhooks",
		    "%s receivers fail; does this machine reach other servers? "
		    "%s",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 2));
	else if (strcmp(pg_value(rows, 0, 0), "0") != 0)
		report(d, VERDICT_OK, "webhooks",
		    "receivers that fail, which their organizations repair: %s",
		    pg_value(rows, 0, 2));
	else
		report(d, VERDICT_OK, "webhooks", "no receiver fails");
}
