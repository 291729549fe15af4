/* Runs a journey's steps, in batches that adapt to the load. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/migrate/batch.h"
#include "cli/migrate/fetch.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/progress.h"
#include "cli/migrate/steps.h"
#include "cli/migrate/undo.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define SMALLEST   100  /* rows per batch while others wait for locks */
#define LOAD_PAUSE 500  /* ms between two checks of a busy server */
#define RETRY_KEYS 1000 /* rejected rows to retry together */

/* The current state in ops.migration, and the server's load. */
struct pace {
	long batch, pause, lock_timeout;
	const char *reason; /* the reason to wait, or NULL */
	bool waited_for;    /* another session waits for a lock of this one */
};

static void
nap(long ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* --- The pace */

/*
 * Checks whether the migration must wait for a standby that lags behind, or for
 * a busy server.
 */
static bool
read_pace(struct migration *m, struct pace *pace)
{
	const struct pg_rows *rows;

	pg_answer_into(m->monitor, m->scratch);
	rows = pg_ask(m->monitor, "the settings of the migration",
	    "SELECT batch_rows, pause_ms, lock_timeout_ms, CASE"
	    " WHEN lag > max_lag_ms THEN format('a standby server is %s ms"
	    " behind', lag)"
	    " WHEN busy > max_sessions THEN format('%s sessions run a query',"
	    " busy) END,"
	    " EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING "
	    "(pid)"
	    " WHERE NOT l.granted AND a.application_name IS DISTINCT FROM "
	    "'tenantry'"
	    " AND a.datname = current_database())"
	    " FROM ops.migration m, (SELECT coalesce(max(extract(epoch FROM"
	    " replay_lag) * 1000), 0)::bigint AS lag FROM pg_stat_replication)"
	    " s, (SELECT count(*) AS busy FROM pg_stat_activity WHERE state ="
	    " 'active' AND backend_type = 'client backend'"
	    " AND application_name <> 'tenantry') b WHERE m.id = $1",
	    1, &m->id);
	pg_answer_into(m->monitor, m->arena);
	if (rows == NULL || pg_nrows(rows) != 1)
		return false;
	pace->batch = strtol(pg_value(rows, 0, 0), NULL, 10);
	pace->pause = strtol(pg_value(rows, 0, 1), NULL, 10);
	pace->lock_timeout = strtol(pg_value(rows, 0, 2), NULL, 10);
	pace->reason = pg_value(rows, 0, 3);
	pace->waited_for = strcmp(pg_value(rows, 0, 4), "t") == 0;
	return true;
}

/*
 * Waits while the server is busy. Returns false if the settings cannot be read.
 */
static bool
keep_pace(struct migration *m, struct pace *pace)
{
	do {
		arena_reset(m->scratch);
		if (!read_pace(m, pace))
			return false;
		progress_throttled(m, pace->reason);
		if (pace->reason != NULL)
			nap(LOAD_PAUSE);
	} while (pace->reason != NULL && !migration_stopping());
	progress_throttled(m, NULL);
	if (pace->pause > 0)
		nap(pace->pause);
	return true;
}

/*
 * Adapts the batch size. Smaller batches hold their locks for a shorter time.
 */
static long
next_size(long size, const struct pace *pace)
{
	if (pace->waited_for)
		return size / 2 > SMALLEST ? size / 2 : SMALLEST;
	return size * 2 < pace->batch ? size * 2 : pace->batch;
}

/* --- A step */

static bool
set_step(struct migration *m, const struct journey_file *step,
    const char *assignments)
{
	const char *params[] = { m->id,
		arena_printf(m->arena, "%d", step->number) };

	return pg_ask(m->target, step->path,
		   arena_printf(m->arena,
		       "UPDATE ops.migration_step SET %s WHERE migration_id ="
		       " $1 AND step = $2::integer",
		       assignments),
		   2, params) != NULL;
}

/*
 * Runs a query that returns reasons. Reports each reason on stderr and returns
 * false if there are any.
 */
static bool
holds(struct migration *m, const struct journey_file *step,
    enum journey_section section, const char *what)
{
	const struct pg_rows *rows;
	int i;

	if (step->sections[section] == NULL)
		return true;
	rows = pg_ask(m->target, step->path, step->sections[section], 0, NULL);
	if (rows == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++)
		progress_say(
		    m, "%s: %s: %s", step->name, what, pg_value(rows, i, 0));
	return pg_nrows(rows) == 0;
}

static bool
commit(struct migration *m, const struct journey_file *step)
{
	migration_point();
	if (!pg_run(m->target, "COMMIT")) {
		pg_warn(m->target, step->path);
		return false;
	}
	migration_point();
	return true;
}

static bool
begin(struct migration *m, const struct journey_file *step)
{
	if (pg_run(m->target, "BEGIN; SET LOCAL lock_timeout = '10s'"))
		return true;
	pg_warn(m->target, step->path);
	return false;
}

static bool
start_step(struct migration *m, const struct journey_file *step)
{
	return begin(m, step) &&
	    holds(m, step, SECTION_PRECONDITION, "cannot begin") &&
	    undo_back_up(m, step) &&
	    set_step(
		m, step, "state = 'running', started_at = clock_timestamp()") &&
	    commit(m, step);
}

/*
 * Runs the statements of a step without "read", in a transaction that stays
 * open. If a lock is unavailable, the step waits like a batch, so that other
 * sessions do not wait long behind it.
 */
static bool
forward_once(struct migration *m, const struct journey_file *step)
{
	struct pace pace;
	int n;

	for (n = 0; n < LOCK_RETRIES; n++) {
		if (!keep_pace(m, &pace) || migration_stopping() ||
		    !pg_run(m->target,
			arena_printf(m->arena,
			    "BEGIN; SET LOCAL lock_timeout = %ld",
			    pace.lock_timeout)))
			return false;
		if (pg_run(m->target, step->sections[SECTION_FORWARD]))
			return true;
		if (!pg_error_of_lock(m->target)) {
			pg_warn(m->target, step->path);
			return false;
		}
		if (!pg_run(m->target, "ROLLBACK"))
			return false;
		batch_wait(m);
	}
	return batch_locked(step);
}

/* Runs a step without "read" in one transaction. */
static bool
run_once(struct migration *m, const struct journey_file *step)
{
	return forward_once(m, step) &&
	    holds(m, step, SECTION_VERIFY, "is not complete") &&
	    set_step(m, step,
		"state = 'done', ended_at = clock_timestamp(), written ="
		" (SELECT count(*) FROM ops.migration_row r WHERE"
		" r.migration_id = $1 AND r.step = $2::integer)") &&
	    commit(m, step);
}

/* Processes one batch. Waits if a lock is unavailable. */
static bool
take_batch(
    struct migration *m, struct batch *b, long size, const struct pace *pace)
{
	enum batch_result result;
	int n;

	for (n = 0; n < LOCK_RETRIES; n++) {
		result = batch_take(m, b, size, pace->lock_timeout);
		if (result != BATCH_LOCKED)
			return result == BATCH_DONE;
		batch_wait(m);
	}
	return batch_locked(b->step);
}

/*
 * Runs all batches. Returns false on an error, or if a signal stopped the run.
 */
static bool
run_batches(struct migration *m, struct batch *b)
{
	struct pace pace;
	long size = SMALLEST * 10;

	do {
		if (!keep_pace(m, &pace))
			return false;
		if (migration_stopping())
			return false;
		size = next_size(size, &pace);
		if (b->step->sections[SECTION_FETCH] != NULL &&
		    size > FETCH_BATCH)
			size = FETCH_BATCH;
		if (!take_batch(m, b, size, &pace))
			return false;
	} while (b->taken == size);
	return true;
}

static bool
run_reading(
    struct migration *m, const struct journey_file *step, const char *last)
{
	struct batch b;
	bool ok;

	if (!batch_open(m, step, last, &b))
		return false;
	ok = run_batches(m, &b);
	if (pg_lost(m->target))
		return false;
	return batch_close(m) && ok && batch_analyze(m) && begin(m, step) &&
	    holds(m, step, SECTION_VERIFY, "is not complete") &&
	    set_step(m, step, "state = 'done', ended_at = clock_timestamp()") &&
	    commit(m, step);
}

/* Reads a step's state, and the key at which it stopped. */
static bool
read_state(struct migration *m, const struct journey_file *step,
    const char **state, const char **last)
{
	const char *params[] = { m->id,
		arena_printf(m->arena, "%d", step->number) };
	const struct pg_rows *rows = pg_ask(m->target, step->path,
	    "SELECT state, last_key FROM ops.migration_step WHERE"
	    " migration_id = $1 AND step = $2::integer",
	    2, params);

	if (rows == NULL || pg_nrows(rows) != 1)
		return false;
	*state = pg_value(rows, 0, 0);
	*last = pg_value(rows, 0, 1);
	return true;
}

static bool
run_step(struct migration *m, const struct journey_file *step)
{
	const char *state, *last;

	if (!read_state(m, step, &state, &last) || !batch_name_step(m, step))
		return false;
	if (strcmp(state, "done") == 0 || strcmp(state, "skipped") == 0)
		return true;
	progress_step(m, step);
	if (strcmp(state, "undoing") == 0 && !undo_step(m, step, "waiting"))
		return false;
	if (strcmp(state, "running") != 0 && !start_step(m, step))
		return false;
	if (step->sections[SECTION_READ] == NULL)
		return run_once(m, step);
	return run_reading(
	    m, step, strcmp(state, "running") == 0 ? last : NULL);
}

/* Returns true if a connection is lost, and reports this on stderr. */
static bool
connection_lost(struct migration *m)
{
	if (!pg_lost(m->target) && !pg_lost(m->source))
		return false;
	verdict_refuse(m,
	    "the connection to the %s is lost; what was committed is kept;"
	    " run the same command to continue",
	    pg_lost(m->target) ? "target" : "source");
	return true;
}

/*
 * Records why the run stopped. A failed step leaves no changes. After a signal
 * or a lost connection, the run can continue in the middle of the step.
 */
static enum status
stopped(struct migration *m, const struct journey_file *step)
{
	const char *again = "run the same command to continue";

	if (connection_lost(m))
		return STATUS_FAILED;
	if (pg_in_transaction(m->target) && !pg_run(m->target, "ROLLBACK"))
		pg_warn(m->target, "ROLLBACK");
	if (migration_stopping())
		m->obstacle = "stopped by a signal";
	if (m->obstacle != NULL) {
		migration_set_state(m, "paused", m->obstacle);
		progress_state(m, "paused", m->obstacle);
		verdict_refuse(m,
		    "%s, after a whole batch; %s, or \"rollback\" to undo",
		    m->obstacle, again);
		return STATUS_FAILED;
	}
	progress_say(m, "%s failed; its rows are removed", step->name);
	if (!undo_step(m, step, "waiting")) {
		verdict_refuse(m,
		    "%s could not be undone; \"rollback\" does it", step->name);
		if (pg_in_transaction(m->target) &&
		    !pg_run(m->target, "ROLLBACK"))
			pg_warn(m->target, "ROLLBACK");
	}
	if (!migration_set_state(
		m, "failed", arena_printf(m->arena, "%s failed", step->name)))
		warnx("the state \"failed\" is not recorded");
	progress_state(m, "failed", step->name);
	verdict_refuse(m,
	    "%s failed; the steps before it are kept; %s after the cause is "
	    "removed, or \"rollback\" to undo them",
	    step->name, again);
	return STATUS_FAILED;
}

enum status
steps_run(struct migration *m)
{
	const struct journey_file *step;
	int i;

	if (!migration_set_state(m, "running", NULL))
		return STATUS_FAILED;
	for (i = 0; i < m->journey->steps.n; i++) {
		step = &m->journey->steps.all[i];
		if (!run_step(m, step))
			return stopped(m, step);
	}
	return STATUS_OK;
}

/* --- Rejected rows */

/* Retries up to RETRY_KEYS rows whose keys follow the last one. */
static bool
retry_some(struct migration *m, struct batch *b, const char **after, bool *more)
{
	const char *params[] = { m->id,
		arena_printf(m->arena, "%d", b->step->number), *after };
	const struct pg_rows *rows = pg_ask(m->target, b->step->path,
	    "SELECT source_key, quote_literal(source_key) FROM"
	    " ops.migration_reject WHERE migration_id = $1 AND step = "
	    "$2::integer AND source_key > coalesce($3, '')"
	    " ORDER BY source_key LIMIT 1000",
	    3, params);
	struct pace pace;
	struct buf keys;
	int n, i;

	if (rows == NULL)
		return false;
	n = pg_nrows(rows);
	*more = n == RETRY_KEYS;
	if (n == 0)
		return true;
	buf_init(&keys, m->arena);
	for (i = 0; i < n; i++)
		buf_printf(
		    &keys, "%s%s", i > 0 ? ", " : "", pg_value(rows, i, 1));
	*after = arena_strdup(m->arena, pg_value(rows, n - 1, 0));
	b->last = NULL;
	b->only =
	    arena_printf(m->arena, "r.%s::text IN (%s)", b->key, keys.data);
	b->first = arena_printf(m->arena,
	    "WITH gone AS (DELETE FROM ops.migration_reject WHERE migration_id"
	    " = %s AND step = %d AND source_key IN (SELECT b.%s::text FROM "
	    "batch"
	    " b) RETURNING 1), n AS (SELECT count(*) AS n FROM gone) UPDATE"
	    " ops.migration_step s SET read = read - n.n, rejected = rejected -"
	    " n.n FROM n WHERE s.migration_id = %s AND s.step = %d",
	    m->id, b->step->number, b->key, m->id, b->step->number);
	progress_again(m, n);
	return keep_pace(m, &pace) && take_batch(m, b, n, &pace);
}

static bool
retry_step(struct migration *m, const struct journey_file *step)
{
	const char *after = NULL;
	struct batch b;
	bool ok, more;

	if (step->sections[SECTION_READ] == NULL)
		return true;
	if (!batch_name_step(m, step) || !batch_open(m, step, NULL, &b))
		return false;
	do
		ok = retry_some(m, &b, &after, &more);
	while (ok && more);
	return !connection_lost(m) && batch_close(m) && ok;
}

enum status
steps_retry(struct migration *m, const char *name)
{
	const struct journey_file *step;
	const char *state, *last;
	int i, n = 0;

	for (i = 0; i < m->journey->steps.n; i++) {
		step = &m->journey->steps.all[i];
		if (name != NULL && strcmp(name, step->name) != 0)
			continue;
		n++;
		if (!read_state(m, step, &state, &last))
			return STATUS_FAILED;
		if (strcmp(state, "done") == 0 && !retry_step(m, step))
			return STATUS_FAILED;
	}
	if (n > 0)
		return STATUS_OK;
	warnx("there is no step %s", name);
	return STATUS_USAGE;
}
