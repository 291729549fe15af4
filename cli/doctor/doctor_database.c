/* The tenantry doctor checks that query the database server. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "cli/schema/install.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/db/connection.h"

#define OLDEST_SERVER 150000
#define SAFE_MINOR    150003 /* first 15.x release without CVE-2023-2455 */

#define SKEW_WARN 2.0 /* seconds */
#define SKEW_FAIL 60.0

/* Returns the result. On a failure, reports it and returns NULL. */
static const struct pg_rows *
ask(struct doctor *d, const char *what, const char *sql)
{
	const struct pg_rows *rows = pg_query(d->pg, sql, 0, NULL);

	if (rows == NULL)
		report(d, VERDICT_FAIL, what, "%s", pg_reason(d->pg));
	return rows;
}

static bool
is(const struct pg_rows *rows, int row, int column)
{
	const char *value = pg_value(rows, row, column);

	return value != NULL && strcmp(value, "t") == 0;
}

void
check_server(struct doctor *d)
{
	int version = pg_version(d->pg);
	int major = version / 10000, minor = version % 10000;

	if (version < OLDEST_SERVER)
		report(d, VERDICT_FAIL, "server",
		    "Postgres %d.%d; upgrade to 15 or newer", major, minor);
	else if (version < SAFE_MINOR)
		report(d, VERDICT_WARN, "server",
		    "Postgres %d.%d has known security bugs in row security; "
		    "install the newest %d.x",
		    major, minor, major);
	else
		report(d, VERDICT_OK, "server", "Postgres %d.%d", major, minor);
	/* A new session loads libraries, which an upgrade may have replaced. */
	if (!pg_run(d->pg, "DO $$ BEGIN END $$"))
		report(d, VERDICT_FAIL, "server",
		    "new sessions fail: %s; if an upgrade has replaced its "
		    "files, restart the server",
		    pg_reason(d->pg));
}

void
check_owner(struct doctor *d)
{
	const struct pg_rows *rows = ask(d, "owner",
	    "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole OR rolsuper "
	    "OR to_regrole('tenantry_app') IS NOT NULL "
	    "FROM pg_roles WHERE rolname = current_user");
	const char *name;

	if (rows == NULL)
		return;
	name = pg_value(rows, 0, 0);
	if (!is(rows, 0, 3))
		report(d, VERDICT_FAIL, "owner",
		    "%s cannot create roles and tenantry_app is missing; ask "
		    "an "
		    "administrator to run CREATE ROLE tenantry_app NOLOGIN; "
		    "GRANT tenantry_app TO \"%s\"",
		    name, name);
	else if (is(rows, 0, 1) || is(rows, 0, 2))
		report(d, VERDICT_WARN, "owner",
		    "%s bypasses row security; a role with CREATEROLE is "
		    "sufficient",
		    name);
	else
		report(d, VERDICT_OK, "owner", "%s", name);
}

void
check_worker_role(struct doctor *d)
{
	const struct pg_rows *rows = ask(d, "worker role",
	    "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb, "
	    "EXISTS (SELECT FROM pg_class WHERE relowner = r.oid), "
	    "pg_has_role(current_user, r.oid, 'member') "
	    "FROM pg_roles r WHERE rolname = 'tenantry_app'");

	if (rows == NULL)
		return;
	if (pg_nrows(rows) == 0)
		report(d, VERDICT_FAIL, "worker role",
		    "the tenantry_app role does not exist; run tenantry schema "
		    "up");
	else if (is(rows, 0, 0))
		report(d, VERDICT_FAIL, "worker role",
		    "tenantry_app is privileged; ALTER ROLE tenantry_app "
		    "NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB");
	else if (is(rows, 0, 1))
		report(d, VERDICT_FAIL, "worker role",
		    "tenantry_app owns tables and may bypass their policies; "
		    "change the owner with ALTER TABLE");
	else if (!is(rows, 0, 2) && getenv("TENANTRY_APP_URL") == NULL)
		report(d, VERDICT_FAIL, "worker role",
		    "the role of DATABASE_URL cannot become tenantry_app; "
		    "GRANT tenantry_app TO it, or set TENANTRY_APP_URL");
	else
		report(d, VERDICT_OK, "worker role",
		    "tenantry_app owns nothing and is subject to row security");
}

void
check_worker_login(struct doctor *d)
{
	const char *url = getenv("TENANTRY_APP_URL");
	const struct pg_rows *rows;
	struct pg *pg;

	if (url == NULL || *url == '\0') {
		report(d, VERDICT_OK, "worker login",
		    "workers connect with DATABASE_URL and become "
		    "tenantry_app");
		return;
	}
	if ((pg = pg_open(d->arena, "TENANTRY_APP_URL", url)) == NULL ||
	    (rows = pg_query(pg, "SELECT current_user", 0, NULL)) == NULL)
		report(d, VERDICT_FAIL, "worker login",
		    "cannot connect with TENANTRY_APP_URL");
	else if (strcmp(pg_value(rows, 0, 0), "tenantry_app") != 0)
		report(d, VERDICT_FAIL, "worker login",
		    "TENANTRY_APP_URL logs in as %s; it must be tenantry_app",
		    pg_value(rows, 0, 0));
	else
		report(d, VERDICT_OK, "worker login", "as tenantry_app");
}

/*
 * The roles of external programs. Each of them is named after a module, and has
 * privileges in the module's schema.
 */
void
check_program_roles(struct doctor *d)
{
	const struct pg_rows *rows = ask(d, "program roles",
	    "SELECT coalesce(string_agg(r.name, ', ') FILTER (WHERE remedy <> "
	    "''), ''), coalesce(string_agg(r.name, ', ') FILTER (WHERE NOT "
	    "EXISTS (SELECT FROM pg_namespace n CROSS JOIN LATERAL "
	    "aclexplode(n.nspacl) x WHERE x.grantee = r.oid)), ''), "
	    "coalesce(string_agg(r.name, ', '), ''), "
	    "string_agg(remedy, '; ') FILTER (WHERE remedy <> '') "
	    "FROM (SELECT oid, rolname AS name, concat_ws('; ', "
	    "CASE WHEN rolsuper OR rolbypassrls OR rolcreaterole OR "
	    "rolcreatedb THEN format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS "
	    "NOCREATEROLE NOCREATEDB', rolname) END, "
	    "(SELECT string_agg(format('REVOKE %s FROM %I', "
	    "m.roleid::regrole, rolname), '; ') FROM pg_auth_members m "
	    "WHERE m.member = p.oid), "
	    "CASE WHEN EXISTS (SELECT FROM pg_class c WHERE c.relowner = "
	    "p.oid) THEN format('REASSIGN OWNED BY %I TO %I', rolname, "
	    "current_user) END) AS remedy FROM pg_roles p) r JOIN "
	    "identity.module o ON r.name = 'tenantry_' || o.name");

	if (rows == NULL)
		return;
	if (*pg_value(rows, 0, 0) != '\0')
		report(d, VERDICT_FAIL, "program roles",
		    "%s is privileged, owns tables or is a member of a role; "
		    "as an administrator of the database, run %s",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 3));
	else if (*pg_value(rows, 0, 1) != '\0')
		report(d, VERDICT_WARN, "program roles",
		    "%s has no rights in this database; run tenantry schema up",
		    pg_value(rows, 0, 1));
	else if (*pg_value(rows, 0, 2) != '\0')
		report(d, VERDICT_OK, "program roles",
		    "%s can access only the schema of a module",
		    pg_value(rows, 0, 2));
	else
		report(d, VERDICT_OK, "program roles", "there are none");
}

/* The role of the SQL console, and the limit of its temporary files. */
void
check_console(struct doctor *d)
{
	const struct pg_rows *rows;

	if (strcmp(environment("TENANTRY_CONSOLE"), "on") != 0)
		return;
	rows = ask(d, "SQL console",
	    "SELECT coalesce(pg_has_role(current_user, "
	    "to_regrole('tenantry_console'), 'MEMBER'), false), "
	    "has_parameter_privilege(current_user, 'temp_file_limit', 'SET') "
	    "OR current_setting('temp_file_limit') <> '-1', current_user");
	if (rows == NULL)
		return;
	if (!is(rows, 0, 0))
		report(d, VERDICT_WARN, "SQL console",
		    "the tenantry_console role is missing; ask an "
		    "administrator to "
		    "run CREATE ROLE tenantry_console NOLOGIN; GRANT "
		    "tenantry_console TO \"%s\"; then run tenantry schema up",
		    pg_value(rows, 0, 2));
	else if (!is(rows, 0, 1))
		report(d, VERDICT_WARN, "SQL console",
		    "Postgres does not limit its temporary files, so it runs "
		    "nothing; as a superuser: GRANT SET ON PARAMETER "
		    "temp_file_limit TO \"%s\"",
		    pg_value(rows, 0, 2));
	else
		report(d, VERDICT_OK, "SQL console",
		    "on, with a limit of temporary files");
}

/*
 * Checks conditions that make the server fail now or later, from
 * ops.server_state().
 */
void
check_server_state(struct doctor *d)
{
	const struct pg_rows *rows = ask(
	    d, "server", "SELECT name, verdict, said FROM ops.server_state()");

	if (rows != NULL)
		report_rows(d, rows);
}

/* Checks the pooler by connecting as the workers do. */
void
check_pooler(struct doctor *d)
{
	struct config config = { .database_url = getenv("DATABASE_URL"),
		.app_url = getenv("TENANTRY_APP_URL") };
	struct connection c;

	if (config.app_url == NULL)
		config.app_url = "";
	if (!connection_open(connection_url(&config), &c)) {
		report(d, VERDICT_FAIL, "worker connection",
		    "the workers cannot connect; see the message above");
		return;
	}
	if (!c.pooled)
		report(d, VERDICT_OK, "pooler", "none");
	else if (c.keeps_names)
		report(d, VERDICT_OK, "pooler",
		    "present, with support for prepared statements");
	else
		report(d, VERDICT_WARN, "pooler",
		    "present, without support for prepared statements, as "
		    "PgBouncer 1.18 and older, so each statement is planned "
		    "anew: a read takes 2.5 times the CPU time; upgrade to "
		    "PgBouncer 1.21 with max_prepared_statements");
	connection_close(&c);
}

/* Returns a primary's positions, which its standby must reach. */
static const struct pg_rows *
ask_position(struct doctor *d)
{
	return ask(d, "standby reads",
	    "SELECT pg_is_in_recovery(), CASE WHEN NOT pg_is_in_recovery() "
	    "THEN pg_current_wal_insert_lsn() END, "
	    "(SELECT system_identifier FROM pg_control_system())");
}

/* Compares the server at DATABASE_READ_URL with the primary. */
static void
compare_standby(
    struct doctor *d, struct pg *standby, const char *const *primary)
{
	const struct pg_rows *rows = pg_query(standby,
	    "SELECT pg_is_in_recovery(), $2::bigint = "
	    "(SELECT system_identifier FROM pg_control_system()), "
	    "pg_last_wal_replay_lsn() >= $1::pg_lsn, "
	    "pg_size_pretty(pg_wal_lsn_diff($1::pg_lsn, "
	    "pg_last_wal_replay_lsn()))",
	    2, primary);

	if (rows == NULL)
		report(
		    d, VERDICT_FAIL, "standby reads", "%s", pg_reason(standby));
	else if (!is(rows, 0, 1))
		report(d, VERDICT_FAIL, "standby reads",
		    "DATABASE_READ_URL names a different database than "
		    "DATABASE_URL");
	else if (!is(rows, 0, 0))
		report(d, VERDICT_WARN, "standby reads",
		    "DATABASE_READ_URL names a primary, so it is not used; set "
		    "it to a standby");
	else if (!is(rows, 0, 2))
		report(d, VERDICT_WARN, "standby reads",
		    "the standby is %s behind; reads go to the primary after "
		    "TENANTRY_READ_LAG",
		    pg_value(rows, 0, 3));
	else
		report(d, VERDICT_OK, "standby reads",
		    "the standby has caught up with the primary");
}

/* Waits, because a standby needs a moment to replay the latest writes. */
static void
wait_for_standby(struct pg *standby, const char *const *primary)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	const struct pg_rows *rows;
	int n;

	for (n = 0; n < 10; n++) {
		rows = pg_query(standby,
		    "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", 1,
		    primary);
		if (rows == NULL || is(rows, 0, 0))
			return;
		nanosleep(&pause, NULL);
	}
}

void
check_read_server(struct doctor *d)
{
	const char *url = environment("DATABASE_READ_URL"), *primary[2];
	const struct pg_rows *rows = ask_position(d);
	struct pg *standby;

	if (rows == NULL)
		return;
	if (is(rows, 0, 0)) {
		report(d, VERDICT_FAIL, "standby reads",
		    "DATABASE_URL leads to a standby: nothing can be changed, "
		    "and tenantry-jobs waits; let it lead to the primary");
		return;
	}
	if (*url == '\0') {
		report(d, VERDICT_OK, "standby reads",
		    "none: DATABASE_READ_URL is not set");
		return;
	}
	primary[0] = pg_value(rows, 0, 1);
	primary[1] = pg_value(rows, 0, 2);
	standby = pg_open(d->arena, "DATABASE_READ_URL", url);
	if (standby == NULL) {
		report(d, VERDICT_WARN, "standby reads",
		    "the standby of DATABASE_READ_URL does not answer; the "
		    "primary answers all reads");
		return;
	}
	wait_for_standby(standby, primary);
	compare_standby(d, standby, primary);
}

struct extension {
	const char *name;
	const char *without; /* the effect of the missing extension */
	const char *offered; /* advice if the extension is available */
};

static const struct extension extensions[] = {
	{ "vector", "the assistant compares vectors in SQL, which is slower",
	    "CREATE EXTENSION vector makes the assistant's search faster" },
	{ "uuid-ossp", "gen_random_uuid() of Postgres is used instead",
	    "gen_random_uuid() of Postgres is used instead" },
	{ "pgcrypto",
	    "sha256() of Postgres and OpenSSL in the programs are used instead",
	    "sha256() of Postgres and OpenSSL in the programs are used "
	    "instead" },
	{ "pg_stat_statements",
	    "the metrics have the duration of requests, not of "
	    "statements",
	    "CREATE EXTENSION pg_stat_statements shows the slowest "
	    "statements" },
};

static void
check_extension(struct doctor *d, const struct extension *e)
{
	const struct pg_rows *rows = pg_query(d->pg,
	    "SELECT installed_version FROM pg_available_extensions "
	    "WHERE name = $1",
	    1, &e->name);

	if (rows == NULL)
		report(d, VERDICT_FAIL, e->name, "%s", pg_reason(d->pg));
	else if (pg_nrows(rows) == 0)
		report(d, VERDICT_OK, e->name,
		    "the server does not offer it: %s", e->without);
	else if (pg_value(rows, 0, 0) == NULL)
		report(d, VERDICT_OK, e->name, "not in use; %s", e->offered);
	else
		report(d, VERDICT_OK, e->name, "%s", pg_value(rows, 0, 0));
}

void
check_extensions(struct doctor *d)
{
	size_t i;

	for (i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
		check_extension(d, &extensions[i]);
}

/* The difference to print, preferably one that names a table. */
struct example {
	struct arena *arena;
	const char *text; /* NULL: none */
	bool of_table;
};

static void
choose_example(void *data, const char *name, int side)
{
	struct example *x = data;
	bool of_table = strncmp(name, "table ", 6) == 0;

	if (side == CATALOGUE_MORE ||
	    (x->text != NULL && (x->of_table || !of_table)))
		return;
	x->text =
	    arena_printf(x->arena, "%s %s", name, install_difference(side));
	x->of_table = of_table;
}

/*
 * Compares the database with the files. Uses a separate connection: closing it
 * releases the lock that makes "tenantry schema up" wait. Returns the
 * differences in words, or "" if there are none. On an error, prints a message
 * and returns NULL.
 */
static const char *
compare_schema(
    struct doctor *d, const struct steps *steps, const struct definitions *defs)
{
	struct arena *a = arena_new();
	struct schema m = { .arena = a, .steps = *steps, .defs = *defs };
	struct example found = { .arena = d->arena };
	int n = -1;

	buf_init(&m.report, a);
	if ((m.pg = pg_open_environment(a)) != NULL && ledger_lock(a, m.pg))
		n = install_drift(&m, choose_example, &found);
	arena_free(a);
	return n < 0 ? NULL
	    : n == 0 ? ""
		     : arena_printf(d->arena,
			   "%d differences from the release, such as: %s; see "
			   "\"tenantry schema verify\", undo what was changed "
			   "by hand, and restore what is missing from a backup",
			   n, found.text);
}

/*
 * Returns the stored comparison result for this state of the system catalogs,
 * or NULL.
 */
static const char *
known_differences(struct doctor *d, const char *state)
{
	const struct pg_rows *rows = pg_query(d->pg,
	    "SELECT coalesce(c.error, '') FROM ops.host_check c "
	    "WHERE c.name = 'schema: ' || $1",
	    1, &state);

	return rows == NULL || pg_nrows(rows) == 0 ? NULL
						   : pg_value(rows, 0, 0);
}

static void
remember_differences(struct doctor *d, const char *state, const char *found)
{
	const char *const values[] = { state, *found == '\0' ? NULL : found };

	if (pg_query(d->pg, "SELECT ops.record_schema_state($1, $2)", 2,
		values) == NULL &&
	    d->found != NULL)
		pg_warn(d->pg, "the state of the schema is not recorded");
}

/*
 * Compares the schema with the files. This takes seconds and writes a second
 * schema to the disk. A quick run therefore repeats the comparison only after a
 * change of the system catalogs.
 */
static void
check_definitions(
    struct doctor *d, const struct steps *steps, const struct definitions *defs)
{
	const char *state = catalogue_state(d->pg), *found = NULL;
	bool known;

	if (d->quick && state != NULL)
		found = known_differences(d, state);
	known = found != NULL;
	if (!known && (found = compare_schema(d, steps, defs)) != NULL &&
	    state != NULL)
		remember_differences(d, state, found);
	if (found == NULL)
		report(d, VERDICT_FAIL, "schema",
		    "cannot be compared with the release; see the message "
		    "above");
	else if (*found != '\0')
		report(d, VERDICT_FAIL, "schema", "%s", found);
	else
		report(d, VERDICT_OK, "schema",
		    "up to date at %s, and as in the release%s",
		    steps->all[steps->n - 1].name,
		    known ? ", as was found earlier" : "");
}

void
check_schema(struct doctor *d)
{
	struct definitions defs;
	struct ledger ledger;
	struct steps steps;
	const char *drift, *later;
	int failures = d->count[VERDICT_FAIL];

	if (!steps_read(d->arena, d->sql, &steps) ||
	    !definitions_read(d->arena, d->sql, &defs) ||
	    !ledger_read(d->pg, d->arena, &ledger))
		report(d, VERDICT_FAIL, "schema",
		    "cannot be compared; see the message above");
	else if ((later = ledger_later(d->arena, &ledger, &steps)) != NULL)
		report(d, VERDICT_OK, "schema",
		    "at %s, of a later release, which this one can use", later);
	else if ((drift = ledger_drift(d->arena, &ledger, &steps)) != NULL)
		report(d, VERDICT_FAIL, "schema", "%s", drift);
	else if (ledger.n < steps.n)
		report(d, VERDICT_FAIL, "schema",
		    "%d of %d steps have not run; run tenantry schema up",
		    steps.n - ledger.n, steps.n);
	else if (ledger_stale(&ledger, &defs) > 0)
		report(d, VERDICT_FAIL, "schema",
		    "%d files of definitions are new or changed; run "
		    "tenantry schema up",
		    ledger_stale(&ledger, &defs));
	else
		check_definitions(d, &steps, &defs);
	d->schema_differs = d->count[VERDICT_FAIL] > failures;
}

/* Checks that row security is forced on every table. */
void
check_row_security(struct doctor *d)
{
	const struct pg_rows *rows = ask(d, "row security",
	    "SELECT count(*) FILTER (WHERE c.relrowsecurity "
	    "AND c.relforcerowsecurity), "
	    "string_agg(c.oid::regclass::text, ', ') "
	    "FILTER (WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)) "
	    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
	    "WHERE c.relkind IN ('r', 'p') "
	    "AND n.nspname IN ('crm', 'factory_app', "
	    "'identity', 'membership', 'ops')");

	if (rows == NULL)
		return;
	if (pg_value(rows, 0, 1) != NULL)
		report(d, VERDICT_FAIL, "row security",
		    "not forced on %s; run ALTER TABLE ... ENABLE ROW LEVEL "
		    "SECURITY, FORCE ROW LEVEL SECURITY",
		    pg_value(rows, 0, 1));
	else
		report(d, VERDICT_OK, "row security", "forced on %s tables",
		    pg_value(rows, 0, 0));
}

/*
 * Checks the collation. A different ICU version may sort names in a different
 * order than the indexes do.
 */
void
check_collation(struct doctor *d)
{
	const struct pg_rows *rows = ask(d, "order of names",
	    "SELECT c.collversion, pg_collation_actual_version(c.oid) "
	    "FROM pg_collation c WHERE c.collname = 'human' "
	    "AND c.collnamespace = to_regnamespace('ops')");
	const char *indexed, *actual;

	if (rows == NULL || pg_nrows(rows) == 0)
		return;
	indexed = pg_value(rows, 0, 0);
	actual = pg_value(rows, 0, 1);
	if (indexed != NULL && actual != NULL && strcmp(indexed, actual) != 0)
		report(d, VERDICT_WARN, "order of names",
		    "the indexes are of ICU's rules %s, the server has %s; run "
		    "REINDEX DATABASE CONCURRENTLY and ALTER COLLATION "
		    "ops.human REFRESH VERSION",
		    indexed, actual);
	else
		report(d, VERDICT_OK, "order of names", "ICU's rules %s",
		    indexed != NULL ? indexed : "without a version");
}

static double
now(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Checks the clocks. Sessions and ids use the database server's clock. Cookies
 * use this machine's clock.
 */
void
check_clock(struct doctor *d)
{
	double before = now(), skew;
	const struct pg_rows *rows =
	    ask(d, "clock", "SELECT extract(epoch FROM clock_timestamp())");

	if (rows == NULL)
		return;
	skew = strtod(pg_value(rows, 0, 0), NULL) - (before + now()) / 2;
	if (skew < 0)
		skew = -skew;
	if (skew < SKEW_WARN)
		report(d, VERDICT_OK, "clock", "within %.1f s of the database",
		    skew);
	else
		report(d, skew < SKEW_FAIL ? VERDICT_WARN : VERDICT_FAIL,
		    "clock",
		    "%.0f s off the clock of the database; run an NTP service "
		    "on both machines",
		    skew);
}

void
check_backups(struct doctor *d)
{
	static const char sql[] =
	    "SELECT b->>'wrong', b#>>'{list,0,name}', b#>>'{list,0,reason}', "
	    "to_char((b#>>'{list,0,started_at}')::timestamptz, "
	    "'YYYY-MM-DD HH24:MI') FROM ops.backups() b";
	const struct pg_rows *rows = ask(d, "backups", sql);
	const char *wrong;

	if (rows == NULL)
		return;
	wrong = pg_value(rows, 0, 0);
	if (pg_value(rows, 0, 3) == NULL)
		report(d, wrong == NULL ? VERDICT_OK : VERDICT_FAIL, "backups",
		    "\"tenantry backup\" has made none%s",
		    wrong == NULL ? " since the installation, which is new"
				  : "; run it daily, such as with "
				    "tenantry-backup.timer");
	else if (wrong == NULL)
		report(d, VERDICT_OK, "backups", "%s, restored and compared",
		    pg_value(rows, 0, 1));
	else if (strcmp(wrong, "failed") == 0)
		report(d, VERDICT_FAIL, "backups", "the last one failed: %s",
		    pg_value(rows, 0, 2));
	else
		report(d, VERDICT_FAIL, "backups",
		    "the last one is of %s; run \"tenantry backup\" daily",
		    pg_value(rows, 0, 3));
}

/*
 * Reports the problems that tenantry-jobs has found on its machine, which may
 * be a different host.
 */
void
check_host(struct doctor *d)
{
	static const char sql[] =
	    "SELECT h.problem LIKE '%ed' OR h.problem LIKE '%full', "
	    "CASE h.problem "
	    "WHEN 'certificate_expired' THEN 'the certificate expired on ' "
	    "|| to_timestamp(h.amount)::date || '; renew it' "
	    "WHEN 'certificate_expires' THEN 'the certificate expires on ' "
	    "|| to_timestamp(h.amount)::date || '; renew it' "
	    "WHEN 'certificate_unknown' THEN 'the certificate cannot be read: "
	    "' "
	    "|| h.error "
	    "ELSE 'only ' || pg_size_pretty(h.amount) "
	    "|| ' free on the disk of the files; make room' END "
	    "FROM ops.host_problems() h";
	const struct pg_rows *rows = ask(d, "host of jobs", sql);
	int i;

	if (rows == NULL)
		return;
	for (i = 0; i < pg_nrows(rows); i++)
		report(d, is(rows, i, 0) ? VERDICT_FAIL : VERDICT_WARN,
		    "host of jobs", "%s", pg_value(rows, i, 1));
	if (pg_nrows(rows) == 0)
		report(d, VERDICT_OK, "host of jobs", "disk and certificate");
}

/*
 * Checks for rows below the last seal that no seal contains, and for IDs ahead
 * of the clock. Both remain after a clock ran ahead. Sealed rows of purged
 * organizations, and detached rows, no longer exist.
 */
void
check_audit_log(struct doctor *d)
{
	static const char sql[] =
	    "WITH RECURSIVE org AS ((SELECT s.org_id FROM ops.audit_seal s "
	    "ORDER BY s.org_id LIMIT 1) UNION ALL SELECT (SELECT s.org_id "
	    "FROM ops.audit_seal s WHERE s.org_id > o.org_id "
	    "ORDER BY s.org_id LIMIT 1) FROM org o WHERE o.org_id IS NOT "
	    "NULL), "
	    "chain AS MATERIALIZED (SELECT o.org_id, (SELECT max(CASE a.action "
	    "WHEN 'purge' THEN a.id ELSE (a.new->>'upto')::bigint END) "
	    "FROM ops.audit_log a WHERE a.org_id = o.org_id "
	    "AND a.row_id = o.org_id::text "
	    "AND a.action IN ('detach', 'purge')) AS below FROM org o) "
	    "SELECT (SELECT count(*) FROM ops.audit_log a WHERE a.id < "
	    "(SELECT max(upto) FROM ops.audit_seal) AND NOT EXISTS (SELECT "
	    "FROM ops.audit_pending q WHERE q.org_id = a.org_id "
	    "AND a.id >= q.since)) - "
	    "(SELECT sum(cardinality(ids)) FROM ops.audit_seal) + "
	    "(SELECT count(*) FROM chain c JOIN ops.audit_seal s "
	    "ON s.org_id = c.org_id AND c.below IS NOT NULL, "
	    "unnest(s.ids) u(id) WHERE u.id < c.below AND NOT EXISTS (SELECT "
	    "FROM ops.audit_log a WHERE a.org_id = s.org_id AND a.id = u.id)), "
	    "round(coalesce(pg_sequence_last_value('ops.audit_order'), 0) "
	    "/ 4096000.0 - extract(epoch FROM clock_timestamp()) + 1735689600)";
	const struct pg_rows *rows;
	const char *late, *ahead;

	if (!pg_run(d->pg, "BEGIN READ ONLY; SET LOCAL ROLE tenantry_audit"))
		report(d, VERDICT_FAIL, "audit log", "%s", pg_reason(d->pg));
	else if ((rows = ask(d, "audit log", sql)) != NULL) {
		late = pg_value(rows, 0, 0);
		ahead = pg_value(rows, 0, 1);
		if (late != NULL && strtoll(late, NULL, 10) > 0)
			report(d, VERDICT_FAIL, "audit log",
			    "%s rows were added below the last seal; see "
			    "\"tenantry audit verify\", and if a clock ran "
			    "ahead, run \"tenantry audit seal --late\"",
			    late);
		else if (late != NULL && strtoll(late, NULL, 10) < 0)
			report(d, VERDICT_FAIL, "audit log",
			    "sealed rows are gone; see \"tenantry audit "
			    "verify\"");
		else if (strtod(ahead, NULL) > SKEW_FAIL)
			report(d, VERDICT_WARN, "audit log",
			    "its ids are %s s ahead of the clock, because the "
			    "clock ran ahead; new rows are in order",
			    ahead);
		else
			report(d, VERDICT_OK, "audit log",
			    "no rows below its seals are missing or added");
	}
	pg_run(d->pg, "ROLLBACK");
}

/*
 * Derived data, with two functions: the first returns a text for each
 * difference from the source rows, and the second recomputes the data.
 */
static const struct derived {
	const char *name, *function, *repair;
} derived[] = {
	{ "search documents", "crm.wrong_documents",
	    "run \"tenantry search rebuild\"" },
	{ "totals of lists", "ops.wrong_totals",
	    "to count those of a table, such as contacts: "
	    "SELECT ops.count_total('crm.contacts')" },
};

#define EXAMPLES  3     /* maximum number of differences to print */
#define COMPARED  "50"  /* number of organizations per statement */
#define BUDGET_MS 60000 /* milliseconds per kind of derived data */

/* The comparison's result so far. */
struct comparison {
	int organizations;
	long differences;
	const char *examples;
	int nexamples;
	bool failed;
};

/*
 * Compares in a single snapshot, so that concurrent writes are not reported as
 * differences.
 */
static void
compare_some(struct doctor *d, const struct derived *data,
    const char *organizations, struct comparison *c)
{
	const struct pg_rows *rows = NULL;
	int i;

	if (pg_run(d->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
		rows = pg_query(d->pg,
		    arena_printf(d->arena, "SELECT * FROM %s($1::uuid[])",
			data->function),
		    1, &organizations);
	if (rows == NULL) {
		report(d, VERDICT_FAIL, data->name, "%s", pg_reason(d->pg));
		c->failed = true;
	}
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++) {
		c->differences++;
		if (c->nexamples++ < EXAMPLES)
			c->examples = c->examples == NULL
			    ? pg_value(rows, i, 0)
			    : arena_printf(d->arena, "%s; %s", c->examples,
				  pg_value(rows, i, 0));
	}
	pg_run(d->pg, "ROLLBACK");
}

/*
 * Compares organizations one after another, starting from a random one. If the
 * time is too short for all of them, the next run compares different ones.
 */
static void
check_derived(struct doctor *d, const struct derived *data)
{
	static const char sql[] =
	    "WITH o AS (SELECT x.id, row_number() OVER (ORDER BY x.id) AS n, "
	    "count(*) OVER () AS organizations FROM identity.organization x), "
	    "r AS MATERIALIZED (SELECT floor(random() * 1e9)::bigint AS k) "
	    "SELECT array_agg(o.id), count(*) FROM o, r GROUP BY "
	    "(o.n + r.k) % o.organizations / " COMPARED " ORDER BY 1";
	const struct pg_rows *rows = ask(d, data->name, sql);
	struct comparison c = { 0 };
	int64_t began = clock_ms();
	int i;

	for (i = 0; rows != NULL && i < pg_nrows(rows) && !c.failed &&
	     (i == 0 || clock_ms() < began + BUDGET_MS);
	     i++) {
		compare_some(d, data, pg_value(rows, i, 0), &c);
		c.organizations += (int)strtol(pg_value(rows, i, 1), NULL, 10);
	}
	if (rows == NULL || c.failed)
		return;
	if (c.differences > 0)
		report(d, VERDICT_FAIL, data->name,
		    "%ld differ from their rows: %s; %s", c.differences,
		    c.examples, data->repair);
	else if (i < pg_nrows(rows))
		report(d, VERDICT_OK, data->name,
		    "equal to their rows in the %d organizations that a "
		    "minute sufficed for; another run compares others",
		    c.organizations);
	else
		report(d, VERDICT_OK, data->name, "equal to their rows");
}

void
check_derived_data(struct doctor *d)
{
	size_t i;

	for (i = 0; i < sizeof derived / sizeof derived[0]; i++) {
		if (d->schema_differs)
			report(d, VERDICT_WARN, derived[i].name,
			    "not compared; repair the schema first, see above");
		else
			check_derived(d, &derived[i]);
	}
}

void
check_aside(struct doctor *d)
{
	const struct pg_rows *rows = ask(d, "set aside",
	    "SELECT count(*), string_agg(format('%s %s%s since %s UTC: %s', "
	    "a.queue, a.entry, ' of ' || a.organization, to_char(a.since AT "
	    "TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), a.error), '; ') "
	    "FILTER (WHERE a.n <= 3) FROM (SELECT *, row_number() "
	    "OVER () AS n FROM ops.set_aside_rows()) a");

	if (rows == NULL)
		return;
	if (strcmp(pg_value(rows, 0, 0), "0") != 0)
		report(d, VERDICT_WARN, "set aside",
		    "%s entries of queues cannot be processed, and are tried "
		    "again within an hour: %s",
		    pg_value(rows, 0, 0), pg_value(rows, 0, 1));
	else
		report(d, VERDICT_OK, "set aside", "no entry of a queue");
}
