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

struct check {
	bool asks_database;
	bool deep; /* only with --deep */
	void (*run)(struct doctor *);
};

static const struct check checks[] = {
	{ true, false, check_server },
	{ true, false, check_owner },
	{ true, false, check_worker_role },
	{ true, false, check_worker_login },
	{ true, false, check_connections },
	{ true, false, check_pooler },
	{ true, false, check_extensions },
	{ true, false, check_schema },
	{ true, false, check_row_security },
	{ true, false, check_collation },
	{ true, false, check_clock },
	{ true, false, check_audit_log },
	{ true, false, check_backups },
	{ true, false, check_host },
	{ true, false, check_aside },
	{ true, false, check_queues },
	{ true, false, check_webhooks },
	{ true, false, check_files },
	{ true, false, check_sealed_values },
	{ true, true, check_derived_data },
	{ false, false, check_secret },
	{ false, false, check_url },
	{ false, false, check_names },
	{ false, false, check_sockets },
	{ false, false, check_shares },
	{ false, false, check_services },
	{ false, false, check_mail },
	{ false, false, check_programs },
	{ false, false, check_disk },
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
	bool deep = command_flag(in, OPTION_DEEP);
	size_t i;

	if ((d.pg = pg_open_environment(in->arena)) == NULL)
		report(&d, VERDICT_FAIL, "database",
		    "no connection; see the message above");
	for (i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if ((d.pg != NULL || !checks[i].asks_database) &&
		    (deep || !checks[i].deep))
			checks[i].run(&d);
	printf("%d ok, %d warnings, %d failed\n", d.count[VERDICT_OK],
	    d.count[VERDICT_WARN], d.count[VERDICT_FAIL]);
	return d.count[VERDICT_FAIL] == 0 ? STATUS_OK : STATUS_FAILED;
}
