/* The ledger records which steps and SQL files ran in this database. */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/schema/definition.h"
#include "cli/schema/ledger.h"
#include "cli/schema/step.h"
#include "lib/base/arena.h"

/* An arbitrary, unique number: "tenantry" in ASCII. */
#define LOCK "8387231245791425145"

/*
 * Takes the lock with the first function. Waits for the lock with the second
 * function if it is not free.
 */
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
		pg_warn(pg, "cannot take the lock of the schema");
	return rows != NULL;
}

/*
 * Takes the lock behind a pooler. Because a pooler can give a session with a
 * lock to a different client, a transaction on a separate connection holds the
 * lock until exit.
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

/*
 * Checks first whether the tables exist, so that a role that cannot create
 * tables can still read them.
 */
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

/*
 * Adds the column to an older release's ledger. For the steps in that ledger,
 * the value is false.
 */
static bool
add_compatible(struct pg *pg)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT FROM pg_attribute WHERE attname = 'compatible' "
	    "AND attrelid = 'ops.schema_migration'::regclass",
	    0, NULL);

	return rows != NULL &&
	    (pg_nrows(rows) > 0 ||
		pg_run(pg,
		    "ALTER TABLE ops.schema_migration "
		    "ADD COLUMN compatible boolean NOT NULL DEFAULT false"));
}

/*
 * Creates the ledger. now() is the same for a whole run, and therefore
 * identifies the last run's files. A file has a row for each time that it ran,
 * and only the newest row is valid. undo drops the objects that the file
 * created in that run.
 */
bool
ledger_create(struct pg *pg)
{
	bool there;

	if (exists(pg, &there) &&
	    (there ||
		pg_run(pg,
		    "CREATE SCHEMA IF NOT EXISTS ops;"
		    "CREATE TABLE ops.schema_migration ("
		    " version integer PRIMARY KEY,"
		    " name text NOT NULL,"
		    " checksum text NOT NULL,"
		    " applied_at timestamptz NOT NULL DEFAULT now(),"
		    " compatible boolean NOT NULL DEFAULT false);"
		    "CREATE TABLE ops.schema_file ("
		    " n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
		    " version integer NOT NULL," /* newest step at that time */
		    " name text NOT NULL,"
		    " checksum text NOT NULL,"
		    " text text NOT NULL,"
		    " undo text NOT NULL,"
		    " applied_at timestamptz NOT NULL DEFAULT now())")) &&
	    add_compatible(pg))
		return true;
	pg_warn(pg, "cannot make the table ops.schema_migration");
	return false;
}

bool
ledger_drop(struct pg *pg)
{
	if (pg_run(pg,
		"DROP TABLE IF EXISTS ops.schema_file, ops.schema_migration;"
		"DROP SCHEMA IF EXISTS ops"))
		return true;
	pg_warn(pg, "cannot drop the schema ops");
	return false;
}

static bool
read_steps(struct pg *pg, struct arena *a, struct ledger *ledger)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT version, name, checksum, to_char(applied_at "
	    "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"Z\"'), "
	    "to_jsonb(m) ->> 'compatible' " /* the column may be missing */
	    "FROM ops.schema_migration m ORDER BY version",
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
		ledger->all[i].compatible = pg_value(rows, i, 4) != NULL &&
		    strcmp(pg_value(rows, i, 4), "true") == 0;
	}
	return true;
}

static bool
read_files(struct pg *pg, struct arena *a, struct ledger *ledger)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT f.name, f.checksum, to_char(f.applied_at "
	    "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"Z\"') "
	    "FROM (SELECT DISTINCT ON (name) * FROM ops.schema_file "
	    "ORDER BY name, n DESC) f WHERE f.text <> '' ORDER BY f.name",
	    0, NULL);
	int i;

	if (rows == NULL)
		return false;
	ledger->nfiles = pg_nrows(rows);
	ledger->files =
	    arena_array(a, (size_t)ledger->nfiles + 1, sizeof *ledger->files);
	for (i = 0; i < ledger->nfiles; i++) {
		ledger->files[i].name = pg_value(rows, i, 0);
		ledger->files[i].sum = pg_value(rows, i, 1);
		ledger->files[i].at = pg_value(rows, i, 2);
	}
	return true;
}

static bool
read_last_run(struct pg *pg, struct ledger *ledger)
{
	const struct pg_rows *rows = pg_query(pg,
	    "SELECT count(*) FROM ops.schema_migration "
	    "WHERE applied_at < greatest((SELECT max(applied_at) "
	    "FROM ops.schema_migration), (SELECT max(applied_at) "
	    "FROM ops.schema_file))",
	    0, NULL);

	if (rows == NULL)
		return false;
	ledger->before = (int)strtol(pg_value(rows, 0, 0), NULL, 10);
	if (ledger->before == 0 && ledger->n > 0)
		ledger->before = ledger->n - 1;
	return true;
}

bool
ledger_read(struct pg *pg, struct arena *a, struct ledger *ledger)
{
	bool there;

	*ledger = (struct ledger){ .n = 0 };
	if (exists(pg, &there) &&
	    (!there ||
		(read_steps(pg, a, ledger) && read_files(pg, a, ledger) &&
		    read_last_run(pg, ledger))))
		return true;
	pg_warn(pg, "cannot read ops.schema_migration");
	return false;
}

static bool
note(struct pg *pg, const char *sql, int nparams, const char *const *params)
{
	return pg_ask(pg, "cannot write ops.schema_migration", sql, nparams,
		   params) != NULL;
}

bool
ledger_add_step(struct pg *pg, struct arena *a, const struct step *s)
{
	const char *params[] = { arena_printf(a, "%d", s->version), s->name,
		s->sum, s->incompatible == NULL ? "true" : "false" };

	return note(pg,
	    "INSERT INTO ops.schema_migration "
	    "(version, name, checksum, compatible) VALUES ($1, $2, $3, $4)",
	    4, params);
}

bool
ledger_remove_step(struct pg *pg, struct arena *a, int version)
{
	const char *params[] = { arena_printf(a, "%d", version) };

	return note(pg, "DELETE FROM ops.schema_migration WHERE version = $1",
	    1, params);
}

bool
ledger_add_file(struct pg *pg, struct arena *a, int version, const char *name,
    const char *sum, const char *text, const char *undo)
{
	const char *params[] = { arena_printf(a, "%d", version), name, sum,
		text, undo };

	return note(pg,
	    "INSERT INTO ops.schema_file (version, name, checksum, text, undo) "
	    "VALUES ($1, $2, $3, $4, $5)",
	    5, params);
}

bool
ledger_whole_runs(struct pg *pg, struct arena *a, int version, bool last_run,
    struct whole_runs *found)
{
	const char *params[] = { arena_printf(a, "%d", version),
		last_run ? "t" : "f" };
	const struct pg_rows *rows = pg_ask(pg, "cannot read the ledger",
	    "SELECT r.version, CASE WHEN $2::boolean THEN max(f.applied_at) "
	    "ELSE min(f.applied_at) FILTER (WHERE f.applied_at > r.applied_at "
	    "AND greatest(f.version, r.version) > $1::integer) END "
	    "FROM (SELECT coalesce(max(o.version), 0) AS version, "
	    "coalesce(max(s.applied_at), '-infinity') AS applied_at "
	    "FROM ops.schema_migration s "
	    "JOIN ops.schema_migration o USING (applied_at) "
	    "WHERE s.version = $1::integer) r, ops.schema_file f "
	    "GROUP BY r.version, r.applied_at",
	    2, params);

	if (rows == NULL)
		return false;
	*found = (struct whole_runs){ .version = version };
	if (pg_nrows(rows) == 0) /* no file ever ran here */
		return true;
	found->version = (int)strtol(pg_value(rows, 0, 0), NULL, 10);
	found->since = pg_value(rows, 0, 1);
	return true;
}

/* The rows of the files that ran in whole runs. */
#define IN_RUNS "applied_at >= $1::timestamptz"

const char *
ledger_undo_files(struct pg *pg, const struct whole_runs *runs)
{
	const struct pg_rows *rows = pg_ask(pg, "cannot read ops.schema_file",
	    "SELECT coalesce(string_agg(l.sql, E'\n' ORDER BY array_position("
	    "'{TRIGGER,POLICY,VIEW,FUNCTION}', split_part(l.sql, ' ', 2)), "
	    "f.n DESC, l.place), '') FROM ops.schema_file f, "
	    "regexp_split_to_table(f.undo, E'\n') WITH ORDINALITY "
	    "AS l (sql, place) WHERE " IN_RUNS,
	    1, &runs->since);

	return rows == NULL ? NULL : pg_value(rows, 0, 0);
}

const struct pg_rows *
ledger_forget_files(struct pg *pg, const struct whole_runs *runs)
{

	return pg_ask(pg, "cannot write ops.schema_file",
	    "WITH gone AS (DELETE FROM ops.schema_file "
	    "WHERE " IN_RUNS " RETURNING n, name) "
	    "SELECT g.name, coalesce(f.text, '') "
	    "FROM (SELECT name, min(n) AS n FROM gone GROUP BY name) g "
	    "LEFT JOIN LATERAL (SELECT o.n, CASE WHEN o.checksum <> '' "
	    "THEN o.text END AS text FROM ops.schema_file o "
	    "WHERE o.name = g.name AND o.n < g.n ORDER BY o.n DESC LIMIT 1) f "
	    "ON true ORDER BY f.n",
	    1, &runs->since);
}

bool
ledger_leave_files(struct pg *pg, struct arena *a, int version)
{
	const char *params[] = { arena_printf(a, "%d", version) };

	return note(pg,
	    "UPDATE ops.schema_file SET checksum = '' WHERE applied_at = "
	    "(SELECT applied_at FROM ops.schema_migration WHERE version = $1)",
	    1, params);
}

const struct file_entry *
ledger_file(const struct ledger *ledger, const char *name)
{
	int i;

	for (i = 0; i < ledger->nfiles; i++)
		if (strcmp(ledger->files[i].name, name) == 0)
			return &ledger->files[i];
	return NULL;
}

int
ledger_stale(const struct ledger *ledger, const struct definitions *defs)
{
	const struct file_entry *f;
	int i, n = 0;

	for (i = 0; i < defs->n; i++) {
		f = ledger_file(ledger, defs->all[i]->name);
		n += f == NULL || strcmp(f->sum, defs->all[i]->sum) != 0;
	}
	for (i = 0; i < ledger->nfiles; i++)
		n += definition_find(defs, ledger->files[i].name) == NULL;
	return n;
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
			    steps->n > i ? steps->all[i].path : "a step",
			    e->name);
		if (s == NULL || strcmp(s->name, e->name) != 0)
			return arena_printf(a,
			    "%s.sql ran here on %s and is missing in the "
			    "folder; restore it",
			    e->name, e->at);
		if (!same(e, s))
			return arena_printf(a,
			    "%s changed after it ran here on %s; restore it "
			    "and write the change as a new step",
			    s->path, e->at);
	}
	return NULL;
}

const char *
ledger_later(
    struct arena *a, const struct ledger *ledger, const struct steps *steps)
{
	struct ledger ours = *ledger;
	int i;

	if (ledger->n <= steps->n)
		return NULL;
	for (i = steps->n; i < ledger->n; i++)
		if (!ledger->all[i].compatible)
			return NULL;
	ours.n = steps->n;
	if (ledger_drift(a, &ours, steps) != NULL)
		return NULL;
	return ledger->all[ledger->n - 1].name;
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
