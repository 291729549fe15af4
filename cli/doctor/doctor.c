/* tenantry doctor: prints a table of checks and how to fix what failed. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"
#include "cli/doctor/doctor.h"

static const char *const words[VERDICT__MAX] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "FAIL",
};

/* How much a check costs: with --quick, usually, only with --deep. */
enum depth { QUICK, USUAL, DEEP };

struct check {
	bool asks_database;
	enum depth depth;
	void (*run)(struct doctor *);
};

static const struct check checks[] = {
	{ true, QUICK, check_server },
	{ true, USUAL, check_owner },
	{ true, USUAL, check_worker_role },
	{ true, USUAL, check_worker_login },
	{ true, QUICK, check_connections },
	{ true, QUICK, check_server_state },
	{ true, QUICK, check_pooler },
	{ true, USUAL, check_extensions },
	{ true, USUAL, check_schema },
	{ true, USUAL, check_row_security },
	{ true, USUAL, check_collation },
	{ true, QUICK, check_clock },
	{ true, USUAL, check_audit_log },
	{ true, QUICK, check_backups },
	{ true, QUICK, check_host },
	{ true, QUICK, check_aside },
	{ true, QUICK, check_queues },
	{ true, QUICK, check_webhooks },
	{ true, USUAL, check_files },
	{ true, USUAL, check_sealed_values },
	{ true, DEEP, check_derived_data },
	{ false, QUICK, check_secret },
	{ false, QUICK, check_url },
	{ false, QUICK, check_names },
	{ false, QUICK, check_sockets },
	{ false, QUICK, check_shares },
	{ false, QUICK, check_services },
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
	va_list ap;

	printf("%-4s  %-18s  ", words[v], what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	d->count[v]++;
}

enum status
doctor(struct invocation *in)
{
	struct doctor d = { .arena = in->arena, .sql = command_sql(in) };
	enum depth depth = command_flag(in, OPTION_DEEP) ? DEEP
	    : command_flag(in, OPTION_QUICK)             ? QUICK
							 : USUAL;
	size_t i;

	if (!assume_sockets())
		return STATUS_FAILED;
	if ((d.pg = pg_open_environment(in->arena)) == NULL)
		report(&d, VERDICT_FAIL, "database",
		    "no connection; see the message above");
	for (i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if ((d.pg != NULL || !checks[i].asks_database) &&
		    checks[i].depth <= depth)
			checks[i].run(&d);
	printf("%d ok, %d warnings, %d failed\n", d.count[VERDICT_OK],
	    d.count[VERDICT_WARN], d.count[VERDICT_FAIL]);
	return d.count[VERDICT_FAIL] == 0 ? STATUS_OK : STATUS_FAILED;
}
