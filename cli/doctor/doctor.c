/*
 * tenantry doctor: prints a table of checks, and how to fix those that failed.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"

static const char *const words[VERDICT__MAX] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "FAIL",
};

/*
 * When a check runs, which depends on its cost: even with --quick, by default,
 * or only with --deep.
 */
enum depth { QUICK, USUAL, DEEP };

struct check {
	bool asks_database;
	enum depth depth;
	void (*run)(struct doctor *);
};

static const struct check checks[] = {
	{ true, QUICK, check_server },
	{ true, QUICK, check_owner },
	{ true, QUICK, check_worker_role },
	{ true, QUICK, check_worker_login },
	{ true, QUICK, check_program_roles },
	{ true, QUICK, check_console },
	{ true, QUICK, check_server_state },
	{ true, QUICK, check_pooler },
	{ true, QUICK, check_read_server },
	{ true, QUICK, check_extensions },
	{ true, QUICK, check_schema },
	{ true, QUICK, check_row_security },
	{ true, QUICK, check_collation },
	{ true, QUICK, check_clock },
	{ true, USUAL, check_audit_log },
	{ true, QUICK, check_backups },
	{ true, QUICK, check_host },
	{ true, QUICK, check_aside },
	{ true, QUICK, check_queues },
	{ true, QUICK, check_periodic_jobs },
	{ true, QUICK, check_webhooks },
	{ true, QUICK, check_hosts },
	{ true, QUICK, check_feed_hosts },
	{ true, QUICK, check_files },
	{ true, QUICK, check_sealed_values },
	{ true, DEEP, check_derived_data },
	{ false, QUICK, check_secret },
	{ false, QUICK, check_url },
	{ false, QUICK, check_names },
	{ false, QUICK, check_sockets },
	{ false, QUICK, check_shares },
	{ false, QUICK, check_services },
	{ false, QUICK, check_units },
	{ false, QUICK, check_package },
	{ false, QUICK, check_time_service },
	{ false, QUICK, check_mail },
	{ false, USUAL, check_programs },
	{ false, QUICK, check_disk },
};

const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? "" : value;
}

void
report(struct doctor *d, enum verdict v, const char *what, const char *fmt, ...)
{
	struct json_object *row;
	va_list ap;

	printf("%-4s  %-18s  ", words[v], what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	d->count[v]++;
	if (d->found == NULL)
		return;
	row = json_object_new_array();
	json_object_array_add(row, json_object_new_string(what));
	json_object_array_add(row, json_object_new_int((int)v));
	json_object_array_add(d->found, row);
}

void
report_rows(struct doctor *d, const struct pg_rows *rows)
{
	int i, v;

	for (i = 0; i < pg_nrows(rows); i++)
		for (v = VERDICT_OK; v < VERDICT__MAX; v++)
			if (strcasecmp(pg_value(rows, i, 1), words[v]) == 0)
				report(d, (enum verdict)v, pg_value(rows, i, 0),
				    "%s", pg_value(rows, i, 2));
}

/*
 * Records the values that GET /metrics shows. The database may be read-only or
 * belong to an older release.
 */
static void
record(struct doctor *d)
{
	const char *found = json_text(d->found);

	if (d->pg != NULL &&
	    pg_query(d->pg, "SELECT ops.record_doctor($1)", 1, &found) == NULL)
		pg_warn(d->pg, "the verdicts are not recorded");
}

enum status
doctor(struct invocation *in)
{
	struct doctor d = { .arena = in->arena,
		.sql = command_sql(in),
		.quick = command_flag(in, OPTION_QUICK) };
	enum depth depth = command_flag(in, OPTION_DEEP) ? DEEP
	    : d.quick                                    ? QUICK
							 : USUAL;
	size_t i;

	if (!assume_sockets())
		return STATUS_FAILED;
	if (command_flag(in, OPTION_RECORD))
		json_own(in->arena, d.found = json_object_new_array());
	if ((d.pg = pg_open_environment(in->arena)) == NULL)
		report(&d, VERDICT_FAIL, "database",
		    "no connection; see the message above");
	for (i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if ((d.pg != NULL || !checks[i].asks_database) &&
		    checks[i].depth <= depth)
			checks[i].run(&d);
	if (d.found != NULL)
		record(&d);
	printf("%d ok, %d warnings, %d failed\n", d.count[VERDICT_OK],
	    d.count[VERDICT_WARN], d.count[VERDICT_FAIL]);
	return d.count[VERDICT_FAIL] == 0 ? STATUS_OK : STATUS_FAILED;
}
