/* tenantry doctor: prints a table of checks and how to fix what failed. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/pg.h"

static const char *const words[VERDICT__MAX] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "FAIL",
};

struct check {
	bool asks_database;
	void (*run)(struct doctor *);
};

static const struct check checks[] = {
	{ true, check_server },
	{ true, check_owner },
	{ true, check_worker_role },
	{ true, check_worker_login },
	{ true, check_pooler },
	{ true, check_extensions },
	{ true, check_schema },
	{ true, check_row_security },
	{ true, check_clock },
	{ false, check_secret },
	{ false, check_url },
	{ false, check_sockets },
	{ false, check_mail },
	{ false, check_programs },
	{ false, check_disk },
};

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
	size_t i;

	if ((d.pg = pg_open_environment(in->arena)) == NULL)
		report(&d, VERDICT_FAIL, "database",
		    "no connection; see the message above");
	for (i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (d.pg != NULL || !checks[i].asks_database)
			checks[i].run(&d);
	printf("%d ok, %d warnings, %d failed\n", d.count[VERDICT_OK],
	    d.count[VERDICT_WARN], d.count[VERDICT_FAIL]);
	return d.count[VERDICT_FAIL] == 0 ? STATUS_OK : STATUS_FAILED;
}
