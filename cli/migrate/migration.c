/* A migration's connections, locks, signals and files. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/migrate/migration.h"
#include "lib/base/arena.h"

/* An arbitrary, unique number: "migrate" in ASCII. */
#define LOCK       "30798237098472549"
#define CLONE_LOCK "30798237098472550"

/* With these settings, all servers write a value as the same text. */
#define SETTINGS                                                               \
	"SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD';"                    \
	"SET IntervalStyle = 'postgres'; SET bytea_output = 'hex';"            \
	"SET extra_float_digits = 1; SET statement_timeout = 0;"               \
	"SET idle_in_transaction_session_timeout = 0;"                         \
	"SET search_path = pg_catalog;"                                        \
	"SET client_min_messages = warning"

static volatile sig_atomic_t stopping;

static bool
prepare(struct pg *pg, const char *name, const char *sql)
{
	if (pg_pooled(pg)) {
		warnx("%s goes through a pooler; a migration needs a direct "
		      "connection",
		    name);
		return false;
	}
	if (pg_run(pg, sql))
		return true;
	pg_warn(pg, name);
	return false;
}

bool
migration_open_target(struct migration *m, const char *url)
{
	if (url == NULL)
		url = getenv("DATABASE_URL");
	return (m->target = pg_open(m->arena, "DATABASE_URL", url)) != NULL &&
	    prepare(m->target, "DATABASE_URL", SETTINGS) &&
	    (m->monitor = pg_open(m->arena, "DATABASE_URL", url)) != NULL &&
	    prepare(m->monitor, "DATABASE_URL", SETTINGS);
}

/*
 * Applies the replacements that a journey defines for tables that the source
 * may lack.
 */
static bool
replace_missing_tables(struct migration *m)
{
	const struct journey_instead *instead;
	bool there;
	int i;

	for (i = 0; i < m->journey->ninsteads; i++) {
		instead = &m->journey->insteads[i];
		if (!migration_has_tables(m, instead->table, &there))
			return false;
		if (!there)
			journey_replace(m->arena, m->journey, instead);
	}
	return true;
}

/*
 * A role that is subject to row security would read only some rows. With
 * row_security off, reading causes an error instead.
 */
#define READER                                                                 \
	SETTINGS "; SET row_security = off;"                                   \
		 "SET default_transaction_read_only = on"

/*
 * Opens a database as source and target. Each query has a new snapshot. A
 * snapshot for the whole run would keep vacuum from cleaning the tables that
 * are in use.
 */
bool
migration_open_source_within(struct migration *m, const char *url)
{
	return (m->source = pg_open(m->arena, "BACKUP_DATABASE_URL", url)) !=
	    NULL &&
	    prepare(m->source, "BACKUP_DATABASE_URL", READER) &&
	    replace_missing_tables(m);
}

bool
migration_open_source(struct migration *m)
{
	const char *url = getenv("SOURCE_DATABASE_URL");

	if (m->journey->within) {
		url = getenv("BACKUP_DATABASE_URL");
		return migration_open_source_within(m,
		    url != NULL && *url != '\0' ? url : getenv("DATABASE_URL"));
	}
	return (m->source = pg_open(m->arena, "SOURCE_DATABASE_URL", url)) !=
	    NULL &&
	    prepare(m->source, "SOURCE_DATABASE_URL",
		READER ";BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") &&
	    replace_missing_tables(m);
}

bool
migration_open_reader(struct migration *m, const char *url)
{
	return (m->reader = pg_open(m->arena, "BACKUP_DATABASE_URL", url)) !=
	    NULL &&
	    prepare(m->reader, "BACKUP_DATABASE_URL",
		SETTINGS "; SET row_security = off");
}

bool
migration_hold_still(struct migration *m)
{
	static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ";
	const struct pg_rows *rows;

	if (!m->journey->within)
		return true;
	if (!pg_run(m->target, begin) ||
	    (rows = pg_ask(m->target, "the present state",
		 "SELECT pg_export_snapshot()", 0, NULL)) == NULL)
		return false;
	if (pg_run(m->source,
		arena_printf(m->arena, "%s; SET TRANSACTION SNAPSHOT '%s'",
		    begin, pg_value(rows, 0, 0))))
		return true;
	pg_warn(m->source, "the present state");
	return false;
}

bool
migration_move_on(struct migration *m)
{
	return !m->journey->within ||
	    (pg_run(m->source, "COMMIT") && pg_run(m->target, "COMMIT"));
}

bool
migration_open(struct migration *m, const char *target_url)
{
	return migration_open_target(m, target_url) && migration_open_source(m);
}

#define LOCK_TRIES 20
#define LOCK_PAUSE 100 /* ms */

/*
 * Tries to acquire a lock. The first column of the query must be true if the
 * lock with this key was acquired.
 */
static bool
take_lock(struct migration *m, const char *query, const char *key)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE * 1000000L };
	const struct pg_rows *rows;
	const char *pid;
	int n;

	/* The server may keep a finished command's lock for a moment. */
	for (n = 0; n < LOCK_TRIES; n++) {
		if (n > 0)
			nanosleep(&pause, NULL);
		rows = pg_ask(m->target, "the lock of migrations",
		    arena_printf(m->arena,
			"SELECT %s, (SELECT l.pid FROM pg_locks l WHERE"
			" l.locktype = 'advisory' AND l.granted AND"
			" (l.classid::bigint << 32 | l.objid::bigint) IN"
			" (%s, hashtextextended($1::text, " LOCK "))"
			" AND l.pid <> pg_backend_pid() ORDER BY"
			" l.mode = 'ShareLock' LIMIT 1)",
			query, key),
		    1, &m->organization);
		if (rows == NULL)
			return false;
		if (strcmp(pg_value(rows, 0, 0), "t") == 0)
			return true;
	}
	pid = pg_value(rows, 0, 1);
	warnx("another migration is running on this database (process %s of "
	      "Postgres); \"tenantry migrate JOURNEY watch\" shows it",
	    pid != NULL ? pid : "unknown");
	return false;
}

bool
migration_lock(struct migration *m)
{
	return take_lock(m,
	    "CASE WHEN $1::text IS NULL THEN pg_try_advisory_lock(" LOCK
	    ") ELSE"
	    " pg_try_advisory_lock_shared(" LOCK ") AND"
	    " pg_try_advisory_lock(hashtextextended($1::text, " LOCK ")) END",
	    LOCK);
}

bool
migration_lock_clone(struct migration *m)
{
	return take_lock(m, "pg_try_advisory_lock(" CLONE_LOCK ")", CLONE_LOCK);
}

bool
migration_leaves_out(struct migration *m, const char *names)
{
	const char *name;
	int i;

	while ((name = journey_word(m->arena, &names)) != NULL)
		for (i = 0; i < m->journey->ntables; i++)
			if (m->journey->tables[i].left_out &&
			    strcmp(m->journey->tables[i].name, name) == 0)
				return true;
	return false;
}

bool
migration_has_tables(struct migration *m, const char *names, bool *there)
{
	const struct pg_rows *rows;
	const char *name;

	*there = !migration_leaves_out(m, names);
	while (*there && (name = journey_word(m->arena, &names)) != NULL) {
		if (strchr(name, '?') != NULL)
			continue;
		rows = pg_ask(m->source, "the source",
		    "SELECT to_regclass($1) IS NOT NULL", 1, &name);
		if (rows == NULL)
			return false;
		*there = strcmp(pg_value(rows, 0, 0), "t") == 0;
	}
	return true;
}

bool
migration_set(struct migration *m, const char *name, const char *value)
{
	const char *full = arena_printf(m->arena, "migration.%s", name);

	if (!pg_set(m->target, full, value)) {
		pg_warn(m->target, full);
		return false;
	}
	if (m->source != NULL && !pg_set(m->source, full, value)) {
		pg_warn(m->source, full);
		return false;
	}
	return true;
}

const char *
migration_file(const struct migration *m, const char *ending)
{
	size_t len = strlen(m->path);

	if (len > 5 && strcmp(m->path + len - 5, ".yaml") == 0)
		len -= 5;
	return arena_printf(m->arena, "%.*s%s", (int)len, m->path, ending);
}

bool
migration_set_state(struct migration *m, const char *state, const char *message)
{
	const char *params[] = { m->id, state, message };

	return pg_ask(m->target, "the state of the migration",
		   "UPDATE ops.migration SET state = $2, message = $3,"
		   " ended_at = CASE WHEN $2 IN ('done', 'rolled back')"
		   " THEN clock_timestamp() ELSE ended_at END"
		   " WHERE id = $1",
		   3, params) != NULL;
}

/* Writes all bytes, and waits until they are on the disk. */
static bool
write_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, text, len)) == -1)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

bool
migration_write(const char *path, const char *text, struct arena *a)
{
	const char *part = arena_printf(a, "%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok;

	if (fd == -1) {
		warn("%s", part);
		return false;
	}
	ok = write_all(fd, text);
	ok = close(fd) == 0 && ok;
	if (ok && rename(part, path) == 0)
		return true;
	warn("cannot write %s", path);
	unlink(part);
	return false;
}

void
migration_point(void)
{
	static long n;
	const char *at = getenv("TENANTRY_TEST_KILL_AT");

	if (at != NULL && ++n == strtol(at, NULL, 10))
		kill(getpid(), SIGKILL);
}

static void
stop(int signal)
{
	(void)signal;
	stopping = 1;
}

/* Handles signals. A second signal ends the process immediately. */
void
migration_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = stop,
		.sa_flags = (int)(SA_RESTART | SA_RESETHAND) };

	if (sigaction(SIGINT, &action, NULL) != 0 ||
	    sigaction(SIGTERM, &action, NULL) != 0)
		warn("cannot catch signals");
}

bool
migration_stopping(void)
{
	return stopping != 0;
}
