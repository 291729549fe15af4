/* Undoes a migration's steps, and keeps overwritten values. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/base/program.h"
#include "cli/migrate/batch.h"
#include "cli/migrate/fetch.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/progress.h"
#include "cli/migrate/undo.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define BATCH "10000" /* rows */

/* --- Rows that a step overwrites */

/* Splits "crm.deals WHERE ..." into the table and the condition. */
static const char *
overwritten(
    struct migration *m, const struct journey_file *step, const char **where)
{
	const char *rest = journey_header(step, "overwrites");
	const char *table = journey_word(m->arena, &rest);

	if (where != NULL)
		*where = rest != NULL ? rest : "";
	return table;
}

/*
 * Returns the table in migration_backup for a table and a step, or NULL on an
 * error.
 */
static const char *
backup_table(
    struct migration *m, const struct journey_file *step, const char *table)
{
	const char *params[] = { table, m->id,
		arena_printf(m->arena, "%d", step->number) };
	const struct pg_rows *rows = pg_ask(m->target, table,
	    "SELECT format('migration_backup.%I', c.relname || '_' || $3 ||"
	    " '_bak_' || m.suffix) FROM pg_class c, ops.migration m WHERE "
	    "c.oid ="
	    " $1::regclass AND m.id = $2",
	    3, params);

	return rows == NULL || pg_nrows(rows) == 0 ? NULL
						   : pg_value(rows, 0, 0);
}

bool
undo_back_up(struct migration *m, const struct journey_file *step)
{
	const char *where, *table = overwritten(m, step, &where), *copy;

	if (table == NULL)
		return true;
	if ((copy = backup_table(m, step, table)) == NULL)
		return false;
	/* The step may have failed earlier, and may have been undone. */
	if (pg_run(m->target,
		arena_printf(m->arena,
		    "CREATE SCHEMA IF NOT EXISTS migration_backup;"
		    "DROP TABLE IF EXISTS %s;"
		    "CREATE TABLE %s AS SELECT t.* FROM %s t %s",
		    copy, copy, table, where)))
		return true;
	pg_warn(m->target, step->path);
	return false;
}

/* Restores the copied rows over the rows with the same primary keys. */
static bool
restore_rows(struct migration *m, const struct journey_file *step)
{
	const char *table = overwritten(m, step, NULL), *copy;
	const struct pg_rows *rows;

	if (table == NULL)
		return true;
	if ((copy = backup_table(m, step, table)) == NULL)
		return false;
	rows = pg_ask(m->target, table,
	    "WITH col AS (SELECT a.attnum, quote_ident(attname) AS name,"
	    " a.attnum = ANY (i.indkey) AS key FROM pg_attribute a JOIN"
	    " pg_index i ON i.indrelid = a.attrelid AND i.indisprimary WHERE"
	    " a.attrelid = $1::regclass AND a.attnum > 0 AND NOT attisdropped"
	    " AND attgenerated = '') SELECT"
	    " string_agg(name, ', ' ORDER BY attnum) FILTER (WHERE key),"
	    " string_agg(name, ', ' ORDER BY attnum),"
	    " string_agg(format('%s = excluded.%s', name, name), ', ')"
	    " FILTER (WHERE NOT key), to_regclass($2) IS NOT NULL FROM col",
	    2, (const char *const[]){ table, copy });
	if (rows == NULL)
		return false;
	if (strcmp(pg_value(rows, 0, 3), "f") == 0)
		return true;
	if (pg_run(m->target,
		arena_printf(m->arena,
		    "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s"
		    " FROM %s b WHERE b::text NOT IN (SELECT t::text"
		    " FROM %s t) ON CONFLICT (%s) DO UPDATE SET %s",
		    table, pg_value(rows, 0, 1), pg_value(rows, 0, 1), copy,
		    table, pg_value(rows, 0, 0), pg_value(rows, 0, 2))))
		return true;
	pg_warn(m->target, step->path);
	return false;
}

bool
undo_forget(struct migration *m)
{
	const struct pg_rows *rows = pg_ask(m->target, "the backup tables",
	    "SELECT string_agg(format('DROP TABLE %s', c.oid::regclass), '; ')"
	    " FROM pg_class c WHERE c.relnamespace ="
	    " to_regnamespace('migration_backup') AND c.relkind = 'r' AND"
	    " EXISTS (SELECT FROM ops.migration m JOIN ops.migration x ON"
	    " x.id = $1 AND x.journey = m.journey AND x.organization_id IS"
	    " NOT DISTINCT FROM m.organization_id WHERE (m.id = x.id OR"
	    " m.id < x.id AND m.state = 'rolled back') AND"
	    " right(c.relname, length(m.suffix)) = m.suffix)",
	    1, &m->id);
	const char *drop;

	if (rows == NULL)
		return false;
	drop = pg_value(rows, 0, 0);
	if (drop == NULL || pg_run(m->target, drop))
		return true;
	pg_warn(m->target, "the backup tables");
	return false;
}

/* --- A step */

static bool
set_state(
    struct migration *m, const struct journey_file *step, const char *state)
{
	const char *params[] = { m->id,
		arena_printf(m->arena, "%d", step->number), state };

	return pg_ask(m->target, step->path,
		   "UPDATE ops.migration_step SET state = $3, last_key ="
		   " CASE WHEN $3 <> 'undoing' THEN NULL ELSE last_key END,"
		   " read = CASE WHEN $3 = 'waiting' THEN 0 ELSE read END,"
		   " written = CASE WHEN $3 = 'waiting' THEN 0 ELSE written "
		   "END,"
		   " known = CASE WHEN $3 = 'waiting' THEN 0 ELSE known END,"
		   " rejected = CASE WHEN $3 = 'waiting' THEN 0 ELSE rejected "
		   "END,"
		   " source_sum = CASE WHEN $3 = 'waiting' THEN 0"
		   " ELSE source_sum END, ended_at = clock_timestamp()"
		   " WHERE migration_id = $1 AND step = $2::integer",
		   3, params) != NULL;
}

/*
 * Moves the rows with the last keys to the batch table. They are found by ctid,
 * because the planner may not know yet how many rows the table has.
 */
static bool
take_last(struct migration *m, const struct journey_file *step, int64_t *n)
{
	const struct pg_rows *rows = pg_ask(m->target, step->path,
	    "WITH last AS (DELETE FROM ops.migration_row r WHERE r.ctid = ANY"
	    " (ARRAY(SELECT x.ctid FROM ops.migration_row x WHERE"
	    " x.migration_id = current_setting('migration.id')::bigint AND"
	    " x.step = current_setting('migration.step')::integer ORDER BY"
	    " x.source_key DESC LIMIT " BATCH ")) RETURNING source_key,"
	    " target_id), taken AS (INSERT INTO batch SELECT * FROM last"
	    " RETURNING 1) SELECT count(*) FROM taken",
	    0, NULL);

	if (rows == NULL)
		return false;
	*n = atoll(pg_value(rows, 0, 0));
	return true;
}

/* Begins a transaction with the migration's lock_timeout. */
static bool
begin_batch(struct migration *m, const struct journey_file *step)
{
	if (pg_run(m->target, "BEGIN") &&
	    pg_ask(m->target, step->path,
		"SELECT set_config('lock_timeout', lock_timeout_ms::text, true)"
		" FROM ops.migration WHERE id = $1",
		1, &m->id) != NULL)
		return true;
	pg_warn(m->target, step->path);
	return false;
}

/*
 * Undoes the rows with the last keys, in a transaction that stays open. If a
 * lock is unavailable, the rollback waits like a batch in a run.
 */
static bool
reverse_batch(struct migration *m, const struct journey_file *step, int64_t *n)
{
	int i;

	for (i = 0; i < LOCK_RETRIES && !migration_stopping(); i++) {
		if (!begin_batch(m, step) || !take_last(m, step, n))
			return false;
		if (*n == 0 ||
		    pg_run(m->target, step->sections[SECTION_REVERSE]))
			return true;
		if (!pg_error_of_lock(m->target)) {
			pg_warn(m->target, step->path);
			return false;
		}
		if (!pg_run(m->target, "ROLLBACK"))
			return false;
		batch_wait(m);
	}
	if (i == LOCK_RETRIES)
		batch_locked(step);
	return false;
}

/*
 * Removes the rows with the last keys. *more is true if there may be more rows.
 */
static bool
undo_batch(struct migration *m, const struct journey_file *step, bool *more)
{
	int64_t n;

	*more = false;
	if (!reverse_batch(m, step, &n))
		return false;
	*more = n > 0;
	migration_point();
	if (!pg_run(m->target, "COMMIT")) {
		pg_warn(m->target, step->path);
		return false;
	}
	migration_point();
	progress_undone(m, n);
	return true;
}

static bool
undo_rows(struct migration *m, const struct journey_file *step)
{
	bool more, ok;

	if (!pg_run(m->target,
		"DROP TABLE IF EXISTS batch, incoming, fetched, missing;"
		"CREATE TEMPORARY TABLE batch (source_key text, target_id text)"
		" ON COMMIT DELETE ROWS")) {
		pg_warn(m->target, step->path);
		return false;
	}
	do
		ok = undo_batch(m, step, &more);
	while (ok && more && !migration_stopping());
	return ok && !more && pg_run(m->target, "DROP TABLE batch");
}

bool
undo_step(
    struct migration *m, const struct journey_file *step, const char *state)
{
	if (!batch_name_step(m, step) || !batch_analyze(m) ||
	    !set_state(m, step, "undoing") || !fetch_undo(m, step) ||
	    !undo_rows(m, step))
		return false;
	if (!pg_run(m->target, "BEGIN; SET LOCAL lock_timeout = '10s'") ||
	    !restore_rows(m, step) || !set_state(m, step, state) ||
	    pg_ask(m->target, step->path,
		"DELETE FROM ops.migration_reject WHERE migration_id ="
		" current_setting('migration.id')::bigint AND step ="
		" current_setting('migration.step')::integer",
		0, NULL) == NULL)
		return false;
	migration_point();
	return pg_run(m->target, "COMMIT");
}

/* --- All steps */

/* Adds the rows of one step that people wrote after the migration. */
static bool
list_written_since(struct migration *m, const struct journey_file *step,
    struct buf *sql, struct buf *list, int *n)
{
	const struct pg_rows *rows;
	const char *statement, *detail;
	int i;

	if (step->sections[SECTION_RETURN] == NULL)
		return true;
	rows = pg_ask(
	    m->target, step->path, step->sections[SECTION_RETURN], 0, NULL);
	if (rows == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++) {
		statement = pg_value(rows, i, 0);
		detail = pg_value(rows, i, 1);
		if (statement != NULL)
			buf_printf(sql, "%s;\n", statement);
		buf_printf(list, "%s: %s%s\n", step->name,
		    detail != NULL ? detail : "",
		    statement != NULL ? " (in the SQL file)"
				      : " (the source cannot store it)");
	}
	*n += pg_nrows(rows);
	return true;
}

/* Writes an archive and reads it back, as "org export" does. */
static bool
export_one(struct migration *m, const char *id, const char *slug)
{
	const char *path = migration_file(
	    m, arena_printf(m->arena, ".%s.%s.tar", m->id, slug));
	const char *const argv[] = { "tenantry", "org", "export", id, "--to",
		path, NULL };

	/*
	 * The file exists if an earlier rollback was killed before it deleted
	 * anything.
	 */
	if (unlink(path) == -1 && errno != ENOENT) {
		verdict_refuse(m, "cannot replace %s", path);
		return false;
	}
	if (!program_run_self(m->arena, argv)) {
		verdict_refuse(m,
		    "the organization %s cannot be exported, so nothing is "
		    "deleted; --no-archive deletes it without",
		    slug);
		return false;
	}
	verdict_say(m,
	    "%s has the organization %s as it is; \"tenantry org import\" "
	    "reads it",
	    path, slug);
	verdict_text(m, "archive", path);
	return true;
}

static bool
export_organizations(struct migration *m, const struct journey_file *step)
{
	const struct pg_rows *rows;
	int i;

	if (step->sections[SECTION_EXPORT] == NULL)
		return true;
	if (!batch_name_step(m, step) ||
	    (rows = pg_ask(m->target, step->path,
		 step->sections[SECTION_EXPORT], 0, NULL)) == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++)
		if (!export_one(m, pg_value(rows, i, 0), pg_value(rows, i, 1)))
			return false;
	return true;
}

bool
undo_list(struct migration *m, int *n)
{
	const char *sql_path = migration_file(m, ".return.sql");
	const char *list_path = migration_file(m, ".return.txt");
	struct buf sql, list;
	int i;

	*n = 0;
	buf_init(&sql, m->arena);
	buf_init(&list, m->arena);
	buf_puts(&sql,
	    "-- For psql, with the source.  A statement that fails is a "
	    "conflict, which psql prints; the others count.\n"
	    "\\set ON_ERROR_ROLLBACK on\n"
	    "\\set ON_ERROR_STOP off\n"
	    "BEGIN;\n");
	for (i = 0; i < m->journey->steps.n; i++)
		if (!batch_name_step(m, &m->journey->steps.all[i]) ||
		    !list_written_since(
			m, &m->journey->steps.all[i], &sql, &list, n))
			return false;
	buf_puts(&sql, "COMMIT;\n");
	if (*n == 0)
		return true;
	return migration_write(sql_path, sql.data, m->arena) &&
	    migration_write(list_path, list.data, m->arena);
}

/*
 * Lists the rows that users have written, and exports those that the source
 * cannot store.
 */
static bool
keep_writes(struct migration *m)
{
	int i, n;

	if (!undo_list(m, &n))
		return false;
	if (n == 0) {
		progress_say(m, "nothing was written after the migration");
		return true;
	}
	progress_say(m,
	    "%d rows were written after the migration; %s has them for the "
	    "source, and %s lists all",
	    n, migration_file(m, ".return.sql"),
	    migration_file(m, ".return.txt"));
	for (i = 0; i < m->journey->steps.n && !m->rehearsal && !m->no_archive;
	     i++)
		if (!export_organizations(m, &m->journey->steps.all[i]))
			return false;
	return true;
}

/*
 * Lists the rows that were written after the run, before the first row is
 * removed. The state records this, in case the process is killed.
 */
static bool
begin_undo(struct migration *m)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT state FROM ops.migration WHERE id = $1", 1, &m->id);

	if (rows == NULL)
		return false;
	if (strcmp(pg_value(rows, 0, 0), "rolling back") == 0)
		return true;
	return (m->journey->within || keep_writes(m)) &&
	    migration_set_state(m, "rolling back", NULL);
}

/*
 * Lists rows after the switch was undone. Within one database, users write
 * until the last step, the switch, is undone. Their rows are listed after that,
 * before the next step is undone.
 */
static bool
list_after_switch(struct migration *m, int i, const char *state)
{
	if (!m->journey->within || i != m->journey->steps.n - 2 ||
	    strcmp(state, "undoing") == 0 || strcmp(state, "undone") == 0)
		return true;
	return keep_writes(m);
}

static bool
undo_one(struct migration *m, int i)
{
	const struct journey_file *step = &m->journey->steps.all[i];
	const struct pg_rows *rows = pg_ask(m->target, step->path,
	    "SELECT state, state NOT IN ('waiting', 'skipped', 'undone') FROM"
	    " ops.migration_step WHERE migration_id = $1 AND step ="
	    " $2::integer",
	    2,
	    (const char *const[]){
		m->id, arena_printf(m->arena, "%d", step->number) });

	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0)
		return true;
	if (!list_after_switch(m, i, pg_value(rows, 0, 0)))
		return false;
	if (strcmp(pg_value(rows, 0, 1), "t") != 0)
		return true;
	progress_step(m, step);
	return undo_step(m, step, "undone");
}

enum status
undo_all(struct migration *m)
{
	int i;

	if (!begin_undo(m))
		return STATUS_FAILED;
	for (i = m->journey->steps.n - 1; i >= 0; i--) {
		if (undo_one(m, i))
			continue;
		if (!pg_lost(m->target) && pg_in_transaction(m->target) &&
		    !pg_run(m->target, "ROLLBACK"))
			pg_warn(m->target, "ROLLBACK");
		verdict_refuse(m,
		    "the rollback stopped at %s; run it again to continue",
		    m->journey->steps.all[i].name);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}
