/* Compares a release's requirements with the server and the disk. */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/promote/promote.h"
#include "lib/base/config.h"

#define WATCHER 1 /* the connection of the workers' watcher process */
#define COMMAND 1 /* the connection of tenantry itself, as in an upgrade */
/* Warn if there are this many times as many rows as in the trial. */
#define MANY        10
#define MIB         1048576.0
#define POOL_FACTOR 2 /* default number of workers per processor */

/* Reads a number that the server returns as text. */
static double
number(const struct pg_rows *rows, int column)
{
	return strtod(pg_value(rows, 0, column), NULL);
}

static const struct pg_rows *
ask(struct promotion *p, struct pg *pg, const char *what, const char *sql)
{
	const struct pg_rows *rows = pg_query(pg, sql, 0, NULL);

	if (rows == NULL)
		report(&p->report, VERDICT_FAIL, what, "%s", pg_reason(pg));
	return rows;
}

/* Returns a setting's number, or its default. */
static long
setting(const char *name)
{
	const char *value = getenv(name), *known, *fallback = "";
	bool shown;
	size_t i;

	if (value != NULL && *value != '\0')
		return strtol(value, NULL, 10);
	for (i = 0; (known = config_name(i, &fallback, &shown)) != NULL; i++)
		if (strcmp(known, name) == 0)
			break;
	return strtol(fallback, NULL, 10);
}

static long
connections_needed(void)
{
	long workers = setting("TENANTRY_WORKERS");

	if (workers == 0)
		workers = POOL_FACTOR * sysconf(_SC_NPROCESSORS_ONLN);
	return workers + setting("TENANTRY_LOGIN_WORKERS") +
	    setting("TENANTRY_SLOW_WORKERS") + JOB_PROCESSES_MAX + WATCHER +
	    COMMAND;
}

/*
 * Checks the limits of the server, the database and the role. Other
 * applications may use the same server, database and role.
 */
static void
check_connection_limits(struct promotion *p)
{
	static const char sql[] =
	    "SELECT least(current_setting('max_connections')::int - "
	    "current_setting('superuser_reserved_connections')::int, "
	    "nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1)), "
	    "(SELECT count(*) FROM pg_stat_activity a WHERE a.datid <> d.oid) "
	    "FROM pg_database d, pg_roles r "
	    "WHERE d.datname = current_database() AND r.rolname = current_user";
	const struct pg_rows *rows = ask(p, p->here.pg, "connections", sql);
	long need = connections_needed();

	if (rows == NULL)
		return;
	report(&p->report,
	    need > (long)number(rows, 0) ? VERDICT_FAIL
		: need > (long)(number(rows, 0) - number(rows, 1))
		? VERDICT_WARN
		: VERDICT_OK,
	    "connections",
	    "%ld for the processes of one machine, of %s here; %s used by "
	    "other databases",
	    need, pg_value(rows, 0, 0), pg_value(rows, 0, 1));
}

static void
check_versions(struct promotion *p)
{
	int here = pg_version(p->here.pg) / 10000;
	int there = pg_version(p->there.pg) / 10000;

	report(&p->report, here == there ? VERDICT_OK : VERDICT_WARN, "server",
	    here == there ? "Postgres %d there and here"
			  : "Postgres %d there and %d here",
	    there, here);
}

/*
 * Checks the extensions. An extension that the trial used is also required
 * here.
 */
static void
check_offers(struct promotion *p)
{
	const struct pg_rows *rows = ask(p, p->there.pg, "extensions",
	    "SELECT coalesce(array_agg(extname::text), '{}') "
	    "FROM pg_extension");
	const char *names;

	if (rows == NULL)
		return;
	names = pg_value(rows, 0, 0);
	rows = pg_query(p->here.pg,
	    "SELECT string_agg(n, ', ' ORDER BY n) FROM unnest($1::text[]) n "
	    "WHERE n NOT IN (SELECT name FROM pg_available_extensions)",
	    1, &names);
	if (rows == NULL)
		report(&p->report, VERDICT_FAIL, "extensions", "%s",
		    pg_reason(p->here.pg));
	else if (pg_value(rows, 0, 0) != NULL)
		report(&p->report, VERDICT_WARN, "extensions",
		    "in use there, and this server does not offer them: %s",
		    pg_value(rows, 0, 0));
	else
		report(&p->report, VERDICT_OK, "extensions",
		    "this server offers those of the other one");
}

/* Selects the number of rows, as the planner statistics estimate it. */
static const char rows_sql[] =
    "SELECT greatest(sum(reltuples), 0)::bigint FROM pg_class "
    "WHERE relkind = 'r' AND reltuples > 0 AND relnamespace IN (SELECT oid "
    "FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)')";

static void
check_rows(struct promotion *p)
{
	const struct pg_rows *here = ask(p, p->here.pg, "rows", rows_sql);
	const struct pg_rows *there = ask(p, p->there.pg, "rows", rows_sql);
	double n, tried;

	if (here == NULL || there == NULL)
		return;
	n = pg_value(here, 0, 0) == NULL ? 0 : number(here, 0);
	tried = pg_value(there, 0, 0) == NULL ? 0 : number(there, 0);
	report(&p->report, n > MANY * tried ? VERDICT_WARN : VERDICT_OK, "rows",
	    "about %.0f here, and %.0f there%s", n, tried,
	    n > MANY * tried
		? ": tenantry upgrade --plan tries the release on a copy"
		: "");
}

/*
 * Checks the disk space. An upgrade makes a backup and tries the release on a
 * copy, so it needs twice the size of the database. Only this machine's disk
 * can be measured.
 */
static void
check_space(struct promotion *p)
{
	const struct pg_rows *rows = ask(p, p->here.pg, "disk",
	    "SELECT pg_database_size(current_database()), "
	    "inet_server_addr() IS NULL OR inet_server_addr() "
	    "<<= '127.0.0.0/8' OR inet_server_addr() = '::1'");
	struct statvfs s;
	double need, left;

	if (rows == NULL)
		return;
	need = 2 * number(rows, 0) / MIB;
	if (strcmp(pg_value(rows, 0, 1), "t") != 0) {
		report(&p->report, VERDICT_WARN, "disk",
		    "the upgrade needs %.0f MiB on the server of the database, "
		    "which is another machine; look there",
		    need);
		return;
	}
	if (statvfs("/var", &s) == -1)
		return;
	left = (double)s.f_bavail * (double)s.f_frsize / MIB;
	report(&p->report, left < need ? VERDICT_FAIL : VERDICT_OK, "disk",
	    "%.0f MiB for a backup and a copy of the database, of %.0f MiB "
	    "free in /var",
	    need, left);
}

void
promote_quota(struct promotion *p)
{
	check_versions(p);
	check_offers(p);
	check_connection_limits(p);
	check_rows(p);
	check_space(p);
}
