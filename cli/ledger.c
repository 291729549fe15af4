/* What ran in this database, beside what the folder of migrations holds. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ledger.h"
#include "cli/pg.h"
#include "cli/step.h"
#include "lib/base/arena.h"

/* Any number will do that nobody else takes: "tenantry" in ASCII. */
#define LOCK "8387231245791425145"

/* Takes it by one of the two functions that try and that wait. */
static bool
take(struct pg *pg, const char *try, const char *wait)
{
	const struct pg_rows *rows = pg_query(pg, try, 0, NULL);

	if (rows != NULL && strcmp(pg_value(rows, 0, 0), "f") == 0) {
		warnx("another tenantry is changing this database; "
		      "waiting for it to end");
		rows = pg_query(pg, wait, 0, NULL);
	}
	if (rows == NULL)
		pg_warn(pg, "cannot take the lock of migrations");
	return rows != NULL;
}

/*
 * A pooler would give the session that has the lock to somebody else: there
 * a transaction holds it, open on a connection of its own until we end.
 */
static bool
lock_behind_pooler(struct arena *a)
{
	struct pg *pg = pg_open_environment(a);

	return pg != NULL &&
	    pg_run(pg,
		"BEGIN; SET LOCAL lock_timeout = 0;"
		"SET LOCAL statement_timeout = 0;"
		"SET LOCAL idle_in_transaction_session_timeout = 0") &&
	    take(pg, "SELECT pg_try_advisory_xact_lock(" LOCK ")",
		"SELECT pg_advisory_xact_lock(" LOCK ")");
}

bool
ledger_lock(struct arena *a, struct pg *pg)
{
	if (!pg_set(pg, "lock_timeout", "0") ||
	    !pg_set(pg, "statement_timeout", "0")) {
		pg_warn(pg, "cannot wait for long");
		return false;
	}
	if (pg_pooled(pg))
		return lock_behind_pooler(a);
	return take(pg, "SELECT pg_try_advisory_lock(" LOCK ")",
	    "SELECT pg_advisory_lock(" LOCK ")");
}

/* Asked first, so that whoever may not create may still read. */
static bool
exists(struct pg *pg, bool *there)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT to_regclass('ops.schema_migration') IS NOT NULL", 0, NULL);

	if (rows == NULL)
		return false;
	*there = strcmp(pg_value(rows, 0, 0), "t") == 0;
	return true;
}

bool
ledger_create(struct pg *pg)
{
	bool there;

	if (exists(pg, &there) &&
	    (there ||
		pg_run(pg,
		    "CREATE SCHEMA IF NOT EXISTS ops;"
		    "CREATE TABLE IF NOT EXISTS ops.schema_migration ("
		    " version integer PRIMARY KEY,"
		    " name text NOT NULL,"
		    " checksum text NOT NULL,"
		    " applied_at timestamptz NOT NULL DEFAULT "
		    "clock_timestamp())")))
		return true;
	pg_warn(pg, "cannot make the table ops.schema_migration");
	return false;
}

static bool
read_entries(struct pg *pg, struct arena *a, struct ledger *ledger)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT version, name, checksum, to_char(applied_at "
	    "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"Z\"') "
	    "FROM ops.schema_migration ORDER BY version",
	    0, NULL);
	int i;

	if (rows == NULL)
		return false;
	ledger->n = pg_nrows(rows);
	ledger->all =
	    arena_array(a, (size_t)ledger->n + 1, sizeof *ledger->all);
	for (i = 0; i < ledger->n; i++) {
		ledger->all[i].version =
		    (int)strtol(pg_value(rows, i, 0), NULL, 10);
		ledger->all[i].name = pg_value(rows, i, 1);
		ledger->all[i].sum = pg_value(rows, i, 2);
		ledger->all[i].at = pg_value(rows, i, 3);
	}
	return true;
}

bool
ledger_read(struct pg *pg, struct arena *a, struct ledger *ledger)
{
	bool there;

	ledger->n = 0;
	if (exists(pg, &there) && (!there || read_entries(pg, a, ledger)))
		return true;
	pg_warn(pg, "cannot read ops.schema_migration");
	return false;
}

static const struct step *
step_of(const struct steps *steps, int version)
{
	if (version < 1 || version > steps->n)
		return NULL;
	return &steps->all[version - 1];
}

static bool
same(const struct entry *e, const struct step *s)
{
	return strcmp(e->name, s->name) == 0 && strcmp(e->sum, s->sum) == 0;
}

const char *
ledger_drift(
    struct arena *a, const struct ledger *ledger, const struct steps *steps)
{
	const struct entry *e;
	const struct step *s;
	int i;

	for (i = 0; i < ledger->n; i++) {
		e = &ledger->all[i];
		s = step_of(steps, e->version);
		if (e->version != i + 1)
			return arena_printf(a,
			    "%s never ran here although %s did; give it the "
			    "next free number",
			    steps->n > i ? steps->all[i].up : "a step",
			    e->name);
		if (s == NULL || strcmp(s->name, e->name) != 0)
			return arena_printf(a,
			    "%s.up.sql ran here on %s and is gone from the "
			    "folder; put it back",
			    e->name, e->at);
		if (!same(e, s))
			return arena_printf(a,
			    "%s changed after it ran here on %s; restore it "
			    "and write the change as a new step",
			    s->up, e->at);
	}
	return NULL;
}

const char *
ledger_word(const struct ledger *ledger, const struct steps *steps, int version)
{
	const struct step *s = step_of(steps, version);
	int i;

	for (i = 0; i < ledger->n; i++) {
		if (ledger->all[i].version != version)
			continue;
		if (s == NULL || strcmp(s->name, ledger->all[i].name) != 0)
			return "MISSING";
		return same(&ledger->all[i], s) ? "applied" : "CHANGED";
	}
	return "pending";
}
