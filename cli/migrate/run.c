/* Runs a migration from its preconditions to its report, and rolls it back. */
#include <ctype.h>
#include <err.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/base/program.h"
#include "cli/base/script.h"
#include "cli/migrate/account.h"
#include "cli/migrate/disk.h"
#include "cli/migrate/fingerprint.h"
#include "cli/migrate/mapping.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/people.h"
#include "cli/migrate/plan.h"
#include "cli/migrate/progress.h"
#include "cli/migrate/report.h"
#include "cli/migrate/rules.h"
#include "cli/migrate/run.h"
#include "cli/migrate/signoff.h"
#include "cli/migrate/steps.h"
#include "cli/migrate/token.h"
#include "cli/migrate/undo.h"
#include "cli/migrate/verdict.h"
#include "cli/migrate/yaml.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define WARNINGS_MAX 10 /* thousandths of the rows in a dry run */

/* The states of a migration that changes data. */
#define ACTIVE "('running', 'paused', 'failed', 'rolling back')"

/* --- The row of ops.migration */

/*
 * Sets m->id to the journey's migration that can be continued, undone or
 * finished, or else to the newest migration, or to NULL if there is none.
 */
static bool
find_migration(struct migration *m, const char **state)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migrations",
	    "SELECT id, state FROM ops.migration WHERE journey = $1 AND"
	    " organization_id IS NOT DISTINCT FROM $2::uuid"
	    " ORDER BY state NOT IN ('rolled back', 'finished') DESC,"
	    " id DESC LIMIT 1",
	    2, (const char *const[]){ m->journey->name, m->organization });

	if (rows == NULL)
		return false;
	m->id = pg_nrows(rows) > 0 ? pg_value(rows, 0, 0) : NULL;
	*state = pg_nrows(rows) > 0 ? pg_value(rows, 0, 1) : "";
	return true;
}

/* Reads the number of rows in each step, for the progress report. */
static bool
create_steps(struct migration *m)
{
	const struct journey_file *step;
	const char *total;
	bool there;
	int i;

	for (i = 0; i < m->journey->steps.n; i++) {
		step = &m->journey->steps.all[i];
		if (!plan_count(m, step, &there, &total))
			return false;
		if (pg_ask(m->target, step->path,
			"INSERT INTO ops.migration_step (migration_id, step,"
			" name, title, state, total) VALUES ($1, $2::integer,"
			" $3, $4, $5, $6::bigint)",
			6,
			(const char *const[]){ m->id,
			    arena_printf(m->arena, "%d", step->number),
			    step->name, step->title,
			    there ? "waiting" : "skipped",
			    total != NULL ? total : "0" }) == NULL)
			return false;
	}
	return true;
}

static const char *
setting_text(struct migration *m, const char *name, long fallback)
{
	return arena_printf(m->arena, "%ld", plan_setting(m, name, fallback));
}

static bool
create_migration(struct migration *m, const char *fingerprint,
    const char *backup, struct json_object *times)
{
	struct json_object *choices = plan_choices(m);
	const struct pg_rows *rows;

	if (choices == NULL || !pg_run(m->target, "BEGIN"))
		return false;
	rows = pg_ask(m->target, "the migration",
	    "INSERT INTO ops.migration (journey, state, plan_sum, plan,"
	    " version, fingerprint, choices, suffix, backup, times, batch_rows,"
	    " pause_ms, lock_timeout_ms, max_lag_ms, max_sessions,"
	    " organization_id) VALUES ($1,"
	    " 'running', $2, $3, $4, $5, $6::jsonb, (SELECT min(x.suffix) FROM"
	    " (SELECT to_char(now() AT TIME ZONE 'UTC' + make_interval(secs =>"
	    " s), 'YYYYMMDDHH24MISS') AS suffix FROM generate_series(0, 99) s)"
	    " x WHERE x.suffix NOT IN (SELECT o.suffix FROM ops.migration o)),"
	    " $7, $8::jsonb, $9::integer,"
	    " $10::integer, $11::integer, $12::integer, $13::integer,"
	    " $14::uuid) RETURNING id",
	    14,
	    (const char *const[]){ m->journey->name, m->plan_sum, m->plan_text,
		m->journey->version, fingerprint, json_text(choices), backup,
		times != NULL ? json_text(times) : "{}",
		setting_text(m, "batch", 10000), setting_text(m, "pause", 0),
		setting_text(m, "lock_timeout", 500),
		setting_text(m, "max_lag", 10000),
		setting_text(m, "max_sessions", 50), m->organization });
	if (rows == NULL)
		return false;
	m->id = pg_value(rows, 0, 0);
	if (create_steps(m) && pg_run(m->target, "COMMIT"))
		return true;
	pg_warn(m->target, "the migration was not started");
	return false;
}

/*
 * Gives the progress report the total number of rows, and the number of rows
 * that were read before.
 */
static bool
start_progress(struct migration *m, const char *what, bool back)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT times FROM ops.migration WHERE id = $1", 1, &m->id);
	struct json_object *times;
	struct json_error error;
	int i;

	if (rows == NULL)
		return false;
	times = json_parse(m->arena, pg_value(rows, 0, 0),
	    strlen(pg_value(rows, 0, 0)), &error);
	if (!progress_start(m,
		arena_printf(m->arena, "%s: %s", what, m->journey->name), times,
		back))
		return false;
	rows = pg_ask(m->target, "the steps",
	    back ? "SELECT name, written, written - (SELECT count(*) FROM"
		   " ops.migration_row r WHERE (r.migration_id, r.step) ="
		   " (s.migration_id, s.step)) FROM ops.migration_step s"
		   " WHERE migration_id = $1 ORDER BY step DESC"
		 : "SELECT name, total, least(read, total) FROM"
		   " ops.migration_step WHERE migration_id = $1 ORDER BY step",
	    1, &m->id);
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		progress_expect(m, pg_value(rows, i, 0),
		    atoll(pg_value(rows, i, 1)), atoll(pg_value(rows, i, 2)));
	progress_expect_report(m);
	return rows != NULL;
}

/* --- Preconditions */

/* Finds the migration's organization, and locks it. */
static bool
claim(struct migration *m)
{
	return plan_organization(m) && migration_lock(m);
}

/* Returns the checksums of the tables from which the plan was made. */
static struct json_object *
planned_tables(struct migration *m)
{
	struct json_object *source;
	bool present;

	source = json_get(m->plan, "source", &present);
	return source != NULL ? json_get(source, "tables", &present) : NULL;
}

/*
 * Returns true if the plan has this version and matches the source's current
 * data. *read is the data's fingerprint, and *fingerprint is the fingerprint's
 * checksum.
 */
static bool
plan_current(
    struct migration *m, struct json_object **read, const char **fingerprint)
{
	const char *version = json_get_text(m->plan, "version"), *planned;
	struct json_object *now, *tables, *source;
	bool present;

	if (version == NULL || strcmp(version, m->journey->version) != 0) {
		verdict_refuse(m,
		    "%s is of version %s, and this is %s; run \"plan\" again",
		    m->path, version != NULL ? version : "unknown",
		    m->journey->version);
		return false;
	}
	if ((now = fingerprint_source(m)) == NULL)
		return false;
	*read = now;
	*fingerprint = fingerprint_sum(m->arena, now);
	source = json_get(m->plan, "source", &present);
	planned = source != NULL ? json_get_text(source, "fingerprint") : NULL;
	if (planned != NULL && strcmp(planned, *fingerprint) == 0)
		return true;
	if ((tables = planned_tables(m)) != NULL)
		fingerprint_compare(tables, now, "in the plan");
	verdict_refuse(m,
	    "the source has changed since the plan; run \"plan\" again, which "
	    "keeps your choices");
	return false;
}

/*
 * Adds three times the size of "count" rows of a table, or of all rows if
 * "count" is NULL.
 */
static bool
add_space(
    struct migration *m, const char *table, const char *count, long long *need)
{
	const struct pg_rows *rows = pg_ask(m->source, table,
	    "SELECT ceil(3 * pg_total_relation_size(c.oid) * least(1,"
	    " $2::float8 / nullif(greatest(c.reltuples, 0), 0)))::bigint FROM"
	    " pg_class c WHERE c.oid = $1::regclass",
	    2, (const char *const[]){ table, count });

	if (rows == NULL || pg_nrows(rows) == 0)
		return false;
	*need += atoll(pg_value(rows, 0, 0));
	return true;
}

/*
 * Adds the space for the steps. Within one database, only the rows that the
 * steps read need space.
 */
static bool
space_of_steps(struct migration *m, long long *need)
{
	const struct journey_file *step;
	const char *count, *names, *table;
	bool there;
	int i;

	for (i = 0; i < m->journey->steps.n; i++) {
		step = &m->journey->steps.all[i];
		if (!plan_count(m, step, &there, &count))
			return false;
		names = there ? journey_header(step, "source") : NULL;
		while ((table = journey_word(m->arena, &names)) != NULL)
			if (strchr(table, '?') == NULL &&
			    !add_space(m, table, count, need))
				return false;
	}
	return true;
}

/*
 * Checks the free space. The rows, their indexes and their WAL need three times
 * the size of the rows in the source.
 */
static bool
disk_suffices(struct migration *m, struct json_object *tables)
{
	const char *folder;
	long long need = 0, space;

	if (m->journey->within) {
		if (!space_of_steps(m, &need))
			return false;
	} else {
		json_object_object_foreach(tables, table, unused)
		{
			(void)unused;
			if (!add_space(m, table, NULL, &need))
				return false;
		}
	}
	space = disk_free(m, &folder);
	if (space == -1)
		warnx("the free space of the server is unknown; %lld MB are "
		      "needed",
		    need / 1048576 + 1);
	if (space < 0)
		return space == -1;
	if (space > need)
		return true;
	verdict_refuse(m, "only %lld MB are free in %s, and %lld MB are needed",
	    space / 1048576, folder, need / 1048576 + 1);
	return false;
}

/* Asks for the name of the target database as confirmation. */
static bool
confirmed(struct migration *m, const char *what)
{
	const struct pg_rows *rows = pg_ask(
	    m->target, "the target", "SELECT current_database()", 0, NULL);
	char line[256];
	size_t len;

	if (rows == NULL)
		return false;
	verdict_ask(m,
	    "This will %s the database %s.  Type its name to continue: ", what,
	    pg_value(rows, 0, 0));
	if (fgets(line, sizeof line, stdin) == NULL)
		line[0] = '\0';
	for (len = strlen(line);
	     len > 0 && isspace((unsigned char)line[len - 1]);)
		line[--len] = '\0';
	if (strcmp(line, pg_value(rows, 0, 0)) == 0)
		return true;
	verdict_refuse(m, "the name does not match; nothing was changed");
	return false;
}

/* Makes and verifies a backup. Returns its name, or NULL. */
static const char *
back_up(struct migration *m)
{
	static const char *const create[PROGRAM_ARGUMENTS] = { "create" };
	const char *said = program_output(m->arena, "backup", create), *name;

	if (said == NULL)
		return NULL;
	verdict_say(m, "%.*s", (int)strcspn(said, "\n"), said);
	name = strncmp(said, "tenantry-", 9) == 0
	    ? arena_strndup(m->arena, said, strcspn(said, " \n"))
	    : NULL;
	if (name == NULL)
		verdict_refuse(m, "the backup has no name; nothing is changed");
	else
		verdict_text(m, "backup", name);
	return name;
}

static const char *
read_token(struct migration *m, const char *given)
{
	const char *path = migration_file(m, ".token"), *text;

	if (given != NULL)
		return given;
	if (access(path, R_OK) != 0) {
		verdict_refuse(m,
		    "there is no go token in %s; run \"dry-run\" first", path);
		verdict_next(m, "dry-run");
		return NULL;
	}
	if ((text = script_read(m->arena, path)) == NULL)
		return NULL;
	return arena_strndup(m->arena, text, strcspn(text, "\r\n"));
}

/* --- Other runs */

/*
 * Returns true if the last run had the same plan, version and data. Otherwise,
 * sets *what to the difference, unless what is NULL.
 */
static bool
same_run(struct migration *m, const char *fingerprint, const char **what)
{
	static const char *const reasons[] = { "the plan file has changed",
		"Tenantry or the journey has another version",
		"the source has changed" };
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT plan_sum = $2, version = $3, fingerprint = $4"
	    " FROM ops.migration WHERE id = $1",
	    4,
	    (const char *const[]){
		m->id, m->plan_sum, m->journey->version, fingerprint });
	int i;

	for (i = 0; rows != NULL && i < 3; i++)
		if (strcmp(pg_value(rows, 0, i), "t") != 0) {
			if (what != NULL)
				*what = reasons[i];
			return false;
		}
	return rows != NULL;
}

/*
 * Checks that no other journey is active. An incomplete journey must be
 * completed first. Journeys for organizations are independent of each other.
 */
static bool
none_active(struct migration *m)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migrations",
	    "SELECT journey, state FROM ops.migration WHERE state IN " ACTIVE
	    " AND journey <> $1 AND ($2::uuid IS NULL OR organization_id IS "
	    "NULL"
	    " OR organization_id = $2::uuid)",
	    2, (const char *const[]){ m->journey->name, m->organization });

	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0)
		return true;
	verdict_refuse(m,
	    "the migration %s is %s; complete it or roll it back first",
	    pg_value(rows, 0, 0), pg_value(rows, 0, 1));
	return false;
}

static bool
is_active(const char *state)
{
	static const char *const active[] = { "running", "paused", "failed",
		"rolling back" };
	size_t i;

	for (i = 0; i < sizeof active / sizeof active[0]; i++)
		if (strcmp(active[i], state) == 0)
			return true;
	return false;
}

/*
 * Checks that no earlier run can be rolled back. Such a run must be finished
 * first.
 */
static bool
none_done(struct migration *m, const char *state, const char *fingerprint)
{
	if (m->id == NULL || strcmp(state, "done") != 0 ||
	    same_run(m, fingerprint, NULL))
		return true;
	verdict_refuse(m,
	    "an earlier run is done and can still be rolled back; complete it "
	    "with \"finish\" or \"rollback\" first");
	return false;
}

/* Refuses the run early if a later check would refuse it anyway. */
static bool
may_begin(struct migration *m, const char *fingerprint)
{
	const char *state;
	bool may = find_migration(m, &state) && none_active(m) &&
	    none_done(m, state, fingerprint);

	m->id = NULL;
	return may;
}

/* --- Judging */

/*
 * Prints a checksum of all written rows. It is equal in the source and the
 * target.
 */
static bool
print_checksum(struct migration *m)
{
	static const char *const names[] = { "written", "known", "rejected" };
	struct json_error error;
	const char *sum;
	int i;
	const struct pg_rows *rows = pg_ask(m->target, "the steps",
	    "SELECT coalesce(string_agg(concat_ws(' ', name, written, known,"
	    " rejected, source_sum), ',' ORDER BY step), ''),"
	    " coalesce(sum(written), 0), coalesce(sum(known), 0),"
	    " coalesce(sum(rejected), 0) FROM ops.migration_step"
	    " WHERE migration_id = $1",
	    1, &m->id);

	if (rows == NULL)
		return false;
	sum = arena_printf(
	    m->arena, "%.16s", script_sum(m->arena, pg_value(rows, 0, 0)));
	verdict_say(m, "%s rows written, %s known, %s rejected; checksum %s",
	    pg_value(rows, 0, 1), pg_value(rows, 0, 2), pg_value(rows, 0, 3),
	    sum);
	verdict_text(m, "checksum", sum);
	for (i = 0; i < 3; i++)
		verdict_member(m, names[i],
		    json_parse(m->arena, pg_value(rows, 0, i + 1),
			strlen(pg_value(rows, 0, i + 1)), &error));
	return true;
}

/*
 * Judges the source. Rows written to the source after the run's snapshot are
 * missing in the target. The snapshot had the plan's checksums. Within one
 * database, only the columns must be the same.
 */
static bool
judge_source(struct migration *m, struct json_object *verdicts)
{
	struct migration now = *m;
	struct json_object *read = planned_tables(m), *later;
	int n;

	if (read == NULL ||
	    (!m->journey->within && !migration_open_source(&now)) ||
	    (later = fingerprint_source(&now)) == NULL)
		return false;
	n = fingerprint_compare(read, later, "when it was read");
	rules_add(verdicts, "source.unchanged",
	    m->journey->within ? "The tables have the columns of the plan"
			       : "The source has not changed since it was read",
	    n == 0, 0,
	    n == 0 ? "no table differs"
		   : arena_printf(m->arena, "%d tables differ", n));
	return true;
}

/*
 * Reads the rules' findings, and the rejected rows. Returns NULL on an error.
 */
static struct json_object *
examine(struct migration *m, const char *seed)
{
	struct json_object *verdicts;

	progress_report(m);
	if (!rules_run(m, "after") ||
	    (verdicts = rules_judge(m, "after", seed)) == NULL ||
	    !people_judge(m, seed, verdicts) || !judge_source(m, verdicts) ||
	    !report_rejects(m))
		return NULL;
	progress_reported(m);
	return verdicts;
}

/* Judges the run. Sets *go to the verdict. */
static bool
judge(struct migration *m, const char *seed, bool *go)
{
	struct json_object *verdicts = examine(m, seed);

	return verdicts != NULL && report_make(m, verdicts, go) &&
	    print_checksum(m);
}

/* --- dry-run */

/*
 * Creates a clone and returns its URL. *reader is the URL for the role that
 * reads all rows.
 */
static const char *
make_clone(struct migration *m, const char **reader)
{
	static const char *const clone[PROGRAM_ARGUMENTS] = { "clone" };
	const char *urls = program_output(m->arena, "backup", clone), *second;

	if (urls == NULL || (second = strchr(urls, '\n')) == NULL)
		return NULL;
	second++;
	*reader = arena_strndup(m->arena, second, strcspn(second, "\n"));
	return arena_strndup(m->arena, urls, strcspn(urls, "\n"));
}

static void
drop_clone(struct migration *m)
{
	static const char *const drop[PROGRAM_ARGUMENTS] = { "drop_clone" };

	if (program_output(m->arena, "backup", drop) == NULL)
		warnx("the database of the dry run remains");
}

/* Undoes the run on the clone, which must then equal the original. */
static bool
judge_undo(struct migration *m, struct json_object *before,
    struct json_object *times, struct json_object *verdicts)
{
	struct json_object *after;
	int n;

	if (!start_progress(m, "Rollback of the dry run", true) ||
	    undo_all(m) != STATUS_OK)
		return false;
	/* The rules also run after a rollback, which therefore takes longer. */
	progress_report(m);
	if (!rules_run(m, "rollback"))
		return false;
	progress_reported(m);
	progress_times(m, times);
	if ((after = fingerprint_target(m)) == NULL)
		return false;
	n = fingerprint_compare(before, after, "before");
	rules_add(verdicts, "target.restored",
	    "The rollback restores all tables", n == 0, 0,
	    n == 0 ? "all tables are as before"
		   : arena_printf(m->arena, "%d tables differ", n));
	if (n == 0)
		verdict_say(
		    m, "rolled back on the clone: all tables are as before");
	return true;
}

static bool
judge_warnings(struct migration *m, struct json_object *verdicts)
{
	long n = report_warnings(m, verdicts);

	if (n < 0)
		return false;
	rules_add(verdicts, "source.warnings",
	    "At most 1 % of the rows are rejected or cause a warning",
	    n <= WARNINGS_MAX, 0,
	    arena_printf(m->arena, "%ld.%ld %%", n / 10, n % 10));
	return true;
}

/* Runs and rolls back the migration on the clone. */
static enum status
rehearse(struct migration *m, const char *fingerprint, const char *seed,
    struct json_object **times)
{
	struct json_object *before = fingerprint_target(m), *verdicts;
	enum status status;
	bool go;

	if (before == NULL || !create_migration(m, fingerprint, NULL, NULL) ||
	    !start_progress(m, "Dry run", false) || !rules_run(m, "before"))
		return STATUS_FAILED;
	if ((status = steps_run(m)) != STATUS_OK)
		return status;
	if (!migration_set_state(m, "done", NULL) ||
	    (verdicts = examine(m, seed)) == NULL)
		return STATUS_FAILED;
	progress_state(m, "done", NULL);
	*times = json_object_new_object();
	json_own(m->arena, *times);
	progress_times(m, *times);
	if (!judge_warnings(m, verdicts) ||
	    !judge_undo(m, before, *times, verdicts) ||
	    !report_make(m, verdicts, &go) || !print_checksum(m))
		return STATUS_FAILED;
	return go ? STATUS_OK : STATUS_FAILED;
}

/*
 * Signs off the journey for Tenantry: it is implemented, and the dry run has
 * tested it.
 */
static enum status
give_token(
    struct migration *m, const char *fingerprint, struct json_object *times)
{
	const char *token = go_token_make(m, fingerprint, times);
	const char *path = migration_file(m, ".token");

	if (token == NULL ||
	    !migration_write(
		path, arena_printf(m->arena, "%s\n", token), m->arena) ||
	    !signoff_add(m, "all", "implemented",
		&(struct account){ .name = arena_printf(m->arena, "Tenantry %s",
				       m->journey->version) }) ||
	    !signoff_add(
		m, "all", "tested", &(struct account){ .name = "dry-run" }))
		return STATUS_FAILED;
	verdict_say(m,
	    "The go token is in %s, for 24 hours.  After review and "
	    "signature, run \"tenantry migrate %s run --execute\".",
	    path, m->journey->name);
	verdict_text(m, "token", path);
	return STATUS_OK;
}

enum status
run_dry(struct migration *m, const char *seed)
{
	struct migration clone;
	struct json_object *times = NULL;
	const char *fingerprint, *url, *reader;
	struct json_object *tables;
	enum status status;

	if (!migration_open(m, NULL))
		return STATUS_UNREACHABLE;
	if (!claim(m) || !plan_read(m) ||
	    !plan_current(m, &tables, &fingerprint) ||
	    !may_begin(m, fingerprint) || !plan_ready(m) ||
	    !migration_lock_clone(m))
		return STATUS_FAILED;
	if ((url = make_clone(m, &reader)) == NULL)
		return STATUS_FAILED;
	clone = *m;
	clone.rehearsal = true;
	clone.arena = arena_new();
	migration_catch_signals();
	if (!migration_open_target(&clone, url) ||
	    !migration_open_reader(&clone, reader) ||
	    (m->journey->within &&
		!migration_open_source_within(&clone, reader)) ||
	    !migration_lock(&clone) || !plan_apply(&clone, clone.plan))
		status = STATUS_UNREACHABLE;
	else
		status = rehearse(&clone, fingerprint, seed, &times);
	if (times != NULL)
		times = json_parse_tree(
		    m->arena, json_text(times), strlen(json_text(times)), 8);
	arena_free(clone.arena);
	drop_clone(m);
	return status == STATUS_OK ? give_token(m, fingerprint, times) : status;
}

/* --- run */

/* Resumes a run only if the plan, version and data are the same. */
static bool
may_continue(struct migration *m, const char *state, const char *fingerprint)
{
	const char *what = "the database did not answer";

	if (strcmp(state, "rolling back") == 0) {
		verdict_refuse(
		    m, "a rollback was begun; complete it with \"rollback\"");
		return false;
	}
	if (same_run(m, fingerprint, &what))
		return true;
	verdict_refuse(m,
	    "a run was begun and cannot be continued: %s since; undo it with "
	    "\"rollback\"",
	    what);
	return false;
}

/* Begins the planned maintenance, if one is planned for about now. */
static bool
start_maintenance(struct migration *m)
{
	if (pg_query(m->target, "SELECT ops.start_maintenance($1)", 1,
		&m->journey->name) != NULL)
		return true;
	verdict_refuse(m, "%s", pg_error(m->target)->message);
	return false;
}

/*
 * Tries to start the maintenance, in a transaction that is rolled back, so that
 * the run can be refused before the backup is created.
 */
static bool
may_start_maintenance(struct migration *m)
{
	return pg_run(m->target, "BEGIN") && start_maintenance(m) &&
	    pg_run(m->target, "ROLLBACK");
}

/*
 * Ends the run and the migration, and clears the workers' and clients' caches.
 */
static bool
end_migration(struct migration *m, const char *state)
{
	return pg_run(m->target, "BEGIN") &&
	    migration_set_state(m, state, NULL) &&
	    pg_ask(m->target, "the end of the migration",
		"SELECT ops.new_cache_epoch(), CASE WHEN EXISTS (SELECT FROM"
		" ops.maintenance x WHERE x.state = 'running' AND x.journey ="
		" $1) AND NOT EXISTS (SELECT FROM ops.migration o WHERE"
		" o.journey = $1 AND o.id <> $2 AND o.state IN " ACTIVE ")"
		" THEN ops.finish_maintenance() END",
		2, (const char *const[]){ m->journey->name, m->id }) != NULL &&
	    (migration_point(), pg_run(m->target, "COMMIT"));
}

/*
 * Does everything that precedes the first change: token, ledger, disk,
 * confirmation and backup.
 */
static bool
begin_run(struct migration *m, const struct run_options *o,
    struct json_object *tables, const char *fingerprint)
{
	const char *token = read_token(m, o->token), *backup;
	struct json_object *times;

	if (token == NULL ||
	    (times = go_token_check(m, token, fingerprint)) == NULL)
		return false;
	if (!signoff_complete(m) || !disk_suffices(m, tables) ||
	    !may_start_maintenance(m) ||
	    (!o->yes && !confirmed(m, "migrate data into")))
		return false;
	if ((backup = back_up(m)) == NULL)
		return false;
	migration_point();
	return start_maintenance(m) &&
	    create_migration(m, fingerprint, backup, times) &&
	    rules_run(m, "before");
}

static enum status
complete(struct migration *m, const char *seed)
{
	bool go;

	if (!mapping_archive(m) || !judge(m, seed, &go))
		return STATUS_FAILED;
	migration_point();
	if (!end_migration(m, "done"))
		return STATUS_FAILED;
	migration_point();
	progress_state(m, "done", NULL);
	if (go) {
		verdict_say(m,
		    "The migration is done.  \"rollback\" undoes it within 48 "
		    "hours, \"finish\" removes the backup tables after that.");
		return STATUS_OK;
	}
	verdict_next(m, "rollback");
	return STATUS_FAILED;
}

/*
 * Resumes the records of a run with the same plan, if there is one. The checks
 * use these records.
 */
static bool
take_up(struct migration *m, const char *state, const char *fingerprint)
{
	if (m->id == NULL ||
	    (!is_active(state) && strcmp(state, "done") != 0) ||
	    !same_run(m, fingerprint, NULL))
		return true;
	return migration_set(m, "id", m->id);
}

enum status
run_execute(struct migration *m, const struct run_options *o)
{
	const char *fingerprint, *state;
	struct json_object *tables;
	enum status status;

	if (!migration_open(m, NULL))
		return STATUS_UNREACHABLE;
	if (!claim(m) || !plan_read(m) ||
	    !plan_current(m, &tables, &fingerprint) ||
	    !find_migration(m, &state) || !take_up(m, state, fingerprint) ||
	    !plan_ready(m) || !none_active(m))
		return STATUS_FAILED;
	if (m->id != NULL && strcmp(state, "done") == 0 &&
	    same_run(m, fingerprint, NULL)) {
		verdict_say(m, "The migration is done already.");
		return print_checksum(m) ? STATUS_OK : STATUS_FAILED;
	}
	if (!none_done(m, state, fingerprint))
		return STATUS_FAILED;
	if (m->id != NULL && is_active(state)) {
		if (!may_continue(m, state, fingerprint) ||
		    !rules_run(m, "before"))
			return STATUS_FAILED;
	} else if (!begin_run(m, o, tables, fingerprint))
		return STATUS_FAILED;
	if (!start_progress(m, "Data migration", false))
		return STATUS_FAILED;
	migration_catch_signals();
	if ((status = steps_run(m)) != STATUS_OK)
		return status;
	return complete(m, o->seed);
}

/* --- verify and retry-rejects */

/* Reads from the database the plan that was run. */
static bool
load_plan(struct migration *m)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT plan, plan_sum, version FROM ops.migration WHERE id = $1",
	    1, &m->id);

	if (rows == NULL)
		return false;
	m->plan_text = pg_value(rows, 0, 0);
	m->plan_sum = pg_value(rows, 0, 1);
	if (strcmp(pg_value(rows, 0, 2), m->journey->version) != 0)
		warnx("the run was of version %s, and this is %s",
		    pg_value(rows, 0, 2), m->journey->version);
	m->plan = yaml_read(m->arena, "the plan", m->plan_text);
	return m->plan != NULL && plan_apply(m, m->plan);
}

/* Opens everything for a completed run, with its plan. */
static enum status
open_done(struct migration *m)
{
	const char *state;

	if (!migration_open(m, NULL))
		return STATUS_UNREACHABLE;
	if (!claim(m) || !find_migration(m, &state))
		return STATUS_FAILED;
	if (m->id == NULL || strcmp(state, "done") != 0) {
		verdict_refuse(m, "no migration %s is done", m->journey->name);
		return STATUS_FAILED;
	}
	return load_plan(m) ? STATUS_OK : STATUS_FAILED;
}

enum status
run_verify(struct migration *m, const char *seed)
{
	enum status status = open_done(m);
	bool go;

	if (status != STATUS_OK)
		return status;
	return judge(m, seed, &go) && go ? STATUS_OK : STATUS_FAILED;
}

enum status
run_retry(struct migration *m, const char *step)
{
	enum status status = open_done(m);
	struct json_object *tables;

	if (status != STATUS_OK)
		return status;
	if ((tables = fingerprint_source(m)) == NULL ||
	    !may_continue(m, "done", fingerprint_sum(m->arena, tables)) ||
	    !start_progress(m, "Rejected rows", false))
		return STATUS_FAILED;
	if ((status = steps_retry(m, step)) != STATUS_OK)
		return status;
	progress_state(m, "done", NULL);
	return print_checksum(m) && report_rejects(m) ? STATUS_OK
						      : STATUS_FAILED;
}

/* --- rollback and finish */

/* Also opens the source if it still exists. */
static bool
open_for_rollback(struct migration *m)
{
	const char *url = getenv("SOURCE_DATABASE_URL");

	if ((m->journey->within || (url != NULL && *url != '\0')) &&
	    migration_open(m, NULL))
		return true;
	m->source = NULL;
	warnx("without the source, only the rules of the target are checked");
	return migration_open_target(m, NULL);
}

/* Returns true if the run has not ended, or ended less than 48 hours ago. */
static bool
is_recent(struct migration *m, bool *recent)
{
	const struct pg_rows *rows = pg_ask(m->target, "the migration",
	    "SELECT coalesce(ended_at > now() - interval '48 hours', true)"
	    " FROM ops.migration WHERE id = $1",
	    1, &m->id);

	if (rows == NULL)
		return false;
	*recent = strcmp(pg_value(rows, 0, 0), "t") == 0;
	return true;
}

static bool
may_roll_back(struct migration *m)
{
	const char *state;
	bool recent;

	if (!find_migration(m, &state))
		return false;
	if (m->id == NULL ||
	    (!is_active(state) && strcmp(state, "done") != 0)) {
		verdict_refuse(
		    m, "there is no migration %s to undo", m->journey->name);
		return false;
	}
	if (!is_recent(m, &recent))
		return false;
	if (recent || strcmp(state, "rolling back") == 0)
		return load_plan(m);
	verdict_refuse(m,
	    "the migration ended more than 48 hours ago; restore the backup "
	    "that \"status\" names, or export the changes since");
	return false;
}

/* Prints the rows that a rollback removes. */
static bool
preview_steps(struct migration *m)
{
	const struct pg_rows *rows = pg_ask(m->target, "the steps",
	    "SELECT s.name, count(r.source_key) FROM ops.migration_step s JOIN"
	    " ops.migration_row r USING (migration_id, step) WHERE"
	    " s.migration_id = $1 GROUP BY s.step, s.name ORDER BY s.step DESC",
	    1, &m->id);
	int i;

	if (rows == NULL)
		return false;
	verdict_say(m, "A rollback undoes the steps, the last one first:");
	for (i = 0; i < pg_nrows(rows); i++)
		verdict_say(m, "  %-28s %10s rows", pg_value(rows, i, 0),
		    pg_value(rows, i, 1));
	return true;
}

enum status
run_preview_rollback(struct migration *m)
{
	int n;

	if (!open_for_rollback(m))
		return STATUS_UNREACHABLE;
	if (!claim(m) || !may_roll_back(m) || !preview_steps(m) ||
	    !undo_list(m, &n))
		return STATUS_FAILED;
	if (n > 0)
		verdict_say(m,
		    "%d rows were written after the migration; %s has them for "
		    "the source, and %s lists all",
		    n, migration_file(m, ".return.sql"),
		    migration_file(m, ".return.txt"));
	else
		verdict_say(m, "Nothing was written after the migration.");
	verdict_number(m, "written_since", n);
	verdict_say(m, "Nothing is changed.");
	verdict_next(m, "rollback --execute");
	return STATUS_OK;
}

enum status
run_rollback(struct migration *m, bool yes)
{
	struct json_object *verdicts;
	enum status status;
	bool go;

	if (!open_for_rollback(m))
		return STATUS_UNREACHABLE;
	if (!claim(m) || !may_roll_back(m) ||
	    (!yes && !confirmed(m, "undo the migration in")) ||
	    !start_progress(m, "Rollback", true))
		return STATUS_FAILED;
	migration_catch_signals();
	if ((status = undo_all(m)) != STATUS_OK)
		return status;
	progress_report(m);
	if (!rules_run(m, "rollback") ||
	    (verdicts = rules_judge(m, "rollback", "")) == NULL)
		return STATUS_FAILED;
	progress_reported(m);
	if (!report_make(m, verdicts, &go) || !end_migration(m, "rolled back"))
		return STATUS_FAILED;
	progress_state(m, "done", "rolled back");
	verdict_say(m, "The migration is rolled back.");
	return go ? STATUS_OK : STATUS_FAILED;
}

enum status
run_finish(struct migration *m, bool yes)
{
	const char *state;
	bool recent;

	if (!migration_open_target(m, NULL))
		return STATUS_UNREACHABLE;
	if (!claim(m) || !find_migration(m, &state))
		return STATUS_FAILED;
	if (m->id == NULL ||
	    (strcmp(state, "done") != 0 && strcmp(state, "rolled back") != 0)) {
		verdict_refuse(m, "no migration %s is done", m->journey->name);
		return STATUS_FAILED;
	}
	if (!is_recent(m, &recent))
		return STATUS_FAILED;
	if (recent) {
		verdict_refuse(m,
		    "the migration ended less than 48 hours ago; until then "
		    "it can be rolled back");
		return STATUS_FAILED;
	}
	if (!yes && !confirmed(m, "remove the backup tables from"))
		return STATUS_FAILED;
	if (!pg_run(m->target, "BEGIN") || !undo_forget(m) ||
	    pg_ask(m->target, "the migration",
		"WITH gone AS (DELETE FROM ops.migration_reject WHERE"
		" migration_id = $1) DELETE FROM ops.migration_row WHERE"
		" migration_id = $1",
		1, &m->id) == NULL ||
	    !migration_set_state(m, "finished", NULL) ||
	    !pg_run(m->target, "COMMIT"))
		return STATUS_FAILED;
	verdict_say(
	    m, "The migration is finished: it can no longer be rolled back.");
	return STATUS_OK;
}
