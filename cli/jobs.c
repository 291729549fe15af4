/* tenantry jobs: shows the work of tenantry-jobs, and makes what waits due. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/operator.h"
#include "cli/pg.h"
#include "lib/base/arena.h"

/* Queues whose entries wait after a failure, and the tables of these. */
static const struct {
	const char *name, *table;
} queues[] = {
	{ "imports", "ops.import_queue" },
	{ "webhooks", "ops.webhook_queue" },
	{ "pictures", "ops.picture_wanted" },
	{ "embeddings", "ops.embedding_wanted" },
};

#define NQUEUES (sizeof queues / sizeof queues[0])

enum status
jobs_list(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('queue', q.name, 'waiting', q.waiting, "
	    "'due', q.due, 'since', q.since), 'queue', q.name, "
	    "q.waiting || ' waiting, ' || q.due || ' due' || coalesce("
	    "', the oldest since ' || to_char(q.since AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD HH24:MI:SS'), '') FROM ops.queues() q "
	    "UNION ALL (SELECT json_build_object('job', t.name, 'ended_at', "
	    "t.ended_at, 'took_ms', t.took_ms, 'failed', t.failed, "
	    "'failed_at', t.failed_at), 'job', t.name, "
	    "CASE WHEN t.failed THEN 'failed ' ELSE 'succeeded ' END || "
	    "to_char(t.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') "
	    "|| ' in ' || t.took_ms || ' ms' FROM ops.periodic_task t "
	    "ORDER BY t.name)";
	static const struct list_column columns[] = { { 1, -6 }, { 2, -19 },
		{ 3, 0 }, { 0, 0 } };

	return operator_list(in,
	    pg_ask(in->pg, "could not read the jobs", sql, 0, NULL), columns,
	    "no jobs");
}

enum status
jobs_retry(struct invocation *in)
{
	const char *name = in->arguments[0];
	const struct pg_rows *rows;
	size_t i = 0;

	while (i < NQUEUES && strcmp(queues[i].name, name) != 0)
		i++;
	if (i == NQUEUES)
		return command_misused(in,
		    "QUEUE is imports, webhooks, pictures or embeddings; for "
		    "mail, see tenantry mail retry");
	rows = pg_ask(in->pg, "could not change the queue",
	    arena_printf(in->arena,
		"WITH made AS (UPDATE %s SET due_at = now() "
		"WHERE due_at > now() RETURNING 1) SELECT count(*) FROM made",
		queues[i].table),
	    0, NULL);
	if (rows == NULL)
		return STATUS_FAILED;
	printf("%s entries of %s are due now\n", pg_value(rows, 0, 0), name);
	return STATUS_OK;
}
