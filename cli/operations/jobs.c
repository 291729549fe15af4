/* tenantry jobs: shows, retries and cancels the work of tenantry-jobs. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "lib/base/arena.h"

/*
 * Queues whose entries wait after a failure, and the UPDATE of these entries.
 */
static const struct {
	const char *name, *entries;
} queues[] = {
	{ "imports",
	    "ops.job SET due_at = now(), since = least(since, now()) WHERE "
	    "queue = 'imports' AND" },
	{ "webhooks", "ops.webhook_queue SET due_at = now() WHERE" },
	{ "pictures",
	    "ops.job SET due_at = now(), since = least(since, now()) WHERE "
	    "queue = 'pictures' AND" },
	{ "embeddings",
	    "ops.job SET due_at = now(), since = least(since, now()) WHERE "
	    "queue = 'embeddings' AND" },
};

#define NQUEUES (sizeof queues / sizeof queues[0])

enum status
jobs_list(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('queue', q.name, 'waiting', q.waiting, "
	    "'due', q.due, 'since', q.since, 'attempts', q.attempts, 'error', "
	    "q.error), 'queue', q.name, "
	    "q.waiting || ' waiting, ' || q.due || ' due' || coalesce("
	    "', the oldest since ' || to_char(q.since AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD HH24:MI:SS'), '') || CASE WHEN q.attempts > 0 THEN "
	    "', attempts: ' || q.attempts ELSE '' END || coalesce(': ' || "
	    "q.error, '') FROM ops.queues() q "
	    "UNION ALL (SELECT json_build_object('job', t.name, 'ended_at', "
	    "t.ended_at, 'took_ms', t.took_ms, 'failed', t.failed, "
	    "'failed_at', t.failed_at, 'next_at', t.next_at), 'job', t.name, "
	    "CASE WHEN t.failed THEN 'failed ' ELSE 'succeeded ' END || "
	    "to_char(t.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') "
	    "|| ' in ' || t.took_ms || ' ms' || coalesce(', next ' || to_char("
	    "t.next_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '') "
	    "FROM ops.periodic_tasks() t)";
	static const struct list_column columns[] = { { 1, -6 }, { 2, -19 },
		{ 3, 0 }, { 0, 0 } };

	return operator_list(in,
	    pg_ask(in->pg, "could not read the jobs", sql, 0, NULL), columns,
	    "no jobs");
}

/*
 * Lists the entries in one queue or in all queues. If no state is given, these
 * are the entries that have not failed.
 */
static enum status
print_entries(struct invocation *in, const char *state, const char *none)
{
	static const char sql[] =
	    "SELECT row_to_json(e), e.id, e.state, coalesce(to_char(e.due_at "
	    "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), ''), "
	    "concat_ws('  ', e.subject, e.organization, e.error) "
	    "FROM ops.job_entries($1, $2, 10000) e "
	    "WHERE $2 IS NOT NULL OR e.state <> 'failed'";
	static const struct list_column columns[] = { { 1, -30 }, { 2, -7 },
		{ 3, -19 }, { 4, 0 }, { 0, 0 } };
	const char *params[] = { in->narguments > 0 ? in->arguments[0] : NULL,
		state };

	return operator_list(in,
	    pg_ask(in->pg, "could not read the queues", sql, 2, params),
	    columns, none);
}

enum status
jobs_waiting(struct invocation *in)
{
	return print_entries(in, NULL, "nothing waits");
}

enum status
jobs_failed(struct invocation *in)
{
	return print_entries(in, "failed", "nothing has failed");
}

enum status
jobs_log(struct invocation *in)
{
	static const char sql[] =
	    "SELECT row_to_json(a), to_char(a.at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD HH24:MI:SS'), a.outcome, coalesce(a.error, '') "
	    "FROM ops.job_attempts($1) a";
	static const struct list_column columns[] = { { 1, 0 }, { 2, -8 },
		{ 3, 0 }, { 0, 0 } };
	const char *id = in->arguments[0];

	return operator_list(in,
	    pg_ask(in->pg, "could not read the log", sql, 1, &id), columns,
	    "no failed attempts");
}

static enum status
change_one(struct invocation *in, const char *sql, const char *id)
{
	const struct pg_rows *rows =
	    pg_ask(in->pg, "could not change the queue", sql, 1, &id);

	if (rows == NULL)
		return STATUS_FAILED;
	if (strcmp(pg_value(rows, 0, 0), "t") == 0)
		return STATUS_OK;
	warnx("no entry \"%s\" waits", id);
	return STATUS_FAILED;
}

static enum status
change_all(struct invocation *in, const char *sql)
{
	enum status status = STATUS_OK;
	int i;

	for (i = 0; i < in->narguments; i++)
		if (change_one(in, sql, in->arguments[i]) != STATUS_OK)
			status = STATUS_FAILED;
	return status;
}

enum status
jobs_cancel(struct invocation *in)
{
	return change_all(in, "SELECT ops.cancel_job($1)");
}

/* Makes all entries in a queue that wait after a failure due now. */
static enum status
retry_queue(struct invocation *in, const char *name, const char *entries)
{
	const struct pg_rows *rows =
	    pg_ask(in->pg, "could not change the queue",
		arena_printf(in->arena,
		    "WITH made AS (UPDATE %s due_at > now() RETURNING 1) "
		    "SELECT count(*) FROM made",
		    entries),
		0, NULL);

	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s entries of %s are due now\n", pg_value(rows, 0, 0), name);
	return STATUS_OK;
}

enum status
jobs_retry(struct invocation *in)
{
	const char *name = in->arguments[0];
	size_t i;

	for (i = 0; i < NQUEUES; i++)
		if (strcmp(queues[i].name, name) == 0)
			return retry_queue(in, name, queues[i].entries);
	if (strchr(name, '-') == NULL)
		return command_misused(in,
		    "QUEUE is imports, webhooks, pictures or embeddings; for "
		    "mail, see tenantry mail retry");
	return change_all(in, "SELECT ops.retry_job($1)");
}
