/*
 * The sign-off ledger: who implemented, tested, reviewed and signed each task.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/account.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/signoff.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"

static const char *const stages[] = { "implemented", "tested", "reviewed",
	"signed" };

/* Tasks that are not steps. */
static const char *const others[] = { "backup", "rollback", "communication" };

#define NSTAGES 4
#define NOTHERS 3

/* Returns the nth task, or NULL after the last one. */
static const char *
task_name(const struct migration *m, int n)
{
	if (n < m->journey->steps.n)
		return m->journey->steps.all[n].name;
	n -= m->journey->steps.n;
	return n < NOTHERS ? others[n] : NULL;
}

/* Reads the signer and the time. Returns NULL on an error. */
static const struct pg_rows *
find(struct migration *m, const char *task, const char *stage)
{
	return pg_ask(m->target, "the sign-off ledger",
	    "SELECT name || coalesce(' (' || method || ')', ''), to_char(at AT"
	    " TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI\"Z\"'), user_id FROM "
	    "ops.migration_signoff WHERE"
	    " journey = $1 AND plan_sum = $2 AND task = $3 AND stage = $4",
	    4,
	    (const char *const[]){
		m->journey->name, m->plan_sum, task, stage });
}

/* Checks that different people have signed two stages. */
static bool
differs(struct migration *m, const char *task, const char *stage,
    const char *other, const struct account *account)
{
	const struct pg_rows *rows = find(m, task, other);

	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0 || pg_value(rows, 0, 2) == NULL ||
	    strcmp(pg_value(rows, 0, 2), account->user_id) != 0)
		return true;
	verdict_refuse(m, "%s cannot be %s by %s, who has %s it", task, stage,
	    account->name, other);
	return false;
}

static bool
add(struct migration *m, const char *task, const char *stage,
    const struct account *account)
{
	if (strcmp(stage, "signed") == 0 &&
	    !differs(m, task, stage, "reviewed", account))
		return false;
	if (strcmp(stage, "reviewed") == 0 &&
	    !differs(m, task, stage, "signed", account))
		return false;
	return pg_ask(m->target, "the sign-off ledger",
		   "INSERT INTO ops.migration_signoff (journey, plan_sum, task,"
		   " stage, name, user_id, method) VALUES ($1, $2, $3, $4, $5,"
		   " $6, $7) ON CONFLICT (journey, plan_sum, task, stage) DO"
		   " UPDATE SET name = excluded.name, user_id ="
		   " excluded.user_id, method = excluded.method, at ="
		   " clock_timestamp()",
		   7,
		   (const char *const[]){ m->journey->name, m->plan_sum, task,
		       stage, account->name, account->user_id,
		       account->method }) != NULL;
}

static bool
is_meant(const char *task, const char *one)
{
	return strcmp(task, "all") == 0 || strcmp(one, task) == 0;
}

enum status
signoff_check(struct migration *m, const char *task, const char *stage)
{
	const char *one;
	int i;

	for (i = 0; i < NSTAGES && strcmp(stages[i], stage) != 0; i++)
		continue;
	if (i == NSTAGES) {
		warnx("\"%s\" is not one of implemented, tested, reviewed, "
		      "signed",
		    stage);
		return STATUS_USAGE;
	}
	for (i = 0; (one = task_name(m, i)) != NULL; i++)
		if (is_meant(task, one))
			return STATUS_OK;
	warnx("there is no task %s; \"status\" lists them", task);
	return STATUS_USAGE;
}

bool
signoff_add(struct migration *m, const char *task, const char *stage,
    const struct account *account)
{
	const char *one;
	int i;

	for (i = 0; (one = task_name(m, i)) != NULL; i++)
		if (is_meant(task, one) && !add(m, one, stage, account))
			return false;
	return true;
}

/*
 * Returns true if an entry is missing. A review or signature without an
 * account, as in an earlier release, counts as missing.
 */
static bool
is_blank(const struct pg_rows *rows, const char *stage)
{
	return pg_nrows(rows) == 0 ||
	    ((strcmp(stage, "reviewed") == 0 || strcmp(stage, "signed") == 0) &&
		pg_value(rows, 0, 2) == NULL);
}

bool
signoff_complete(struct migration *m)
{
	const struct pg_rows *rows;
	const char *task;
	bool complete = true;
	int i, k;

	for (i = 0; (task = task_name(m, i)) != NULL; i++)
		for (k = 0; k < NSTAGES; k++) {
			if ((rows = find(m, task, stages[k])) == NULL)
				return false;
			if (is_blank(rows, stages[k])) {
				verdict_refuse(m,
				    "the sign-off ledger has a blank: %s is "
				    "not %s",
				    task, stages[k]);
				complete = false;
			}
		}
	if (!complete)
		verdict_refuse(m,
		    "write it with \"tenantry migrate %s sign TASK|all STAGE "
		    "ADDRESS\"",
		    m->journey->name);
	return complete;
}

bool
signoff_print(struct migration *m)
{
	const struct pg_rows *rows;
	const char *task, *at;
	int i, k;

	puts("\nSign-off");
	for (i = 0; (task = task_name(m, i)) != NULL; i++) {
		at = NULL;
		printf("  %-30s", task);
		for (k = 0; k < NSTAGES; k++) {
			if ((rows = find(m, task, stages[k])) == NULL)
				return false;
			if (pg_nrows(rows) > 0)
				at = pg_value(rows, 0, 1);
			printf(" [%s] %s%s%s", pg_nrows(rows) > 0 ? "x" : " ",
			    stages[k], pg_nrows(rows) > 0 ? ": " : "",
			    pg_nrows(rows) > 0
				? terminal_text(m->arena, pg_value(rows, 0, 0))
				: "");
		}
		printf("%s%s\n", at != NULL ? " @ " : "", at != NULL ? at : "");
	}
	return true;
}
