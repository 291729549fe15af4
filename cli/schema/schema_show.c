/* tenantry schema show: prints a resource's entry in the catalogue. */

#include <err.h>
#include <stdio.h>

#include "cli/base/command.h"
#include "cli/base/commands.h"
#include "cli/base/pg.h"

enum status
schema_show(struct invocation *in)
{
	const char *name = in->arguments[0];
	const struct pg_rows *rows;
	struct pg *pg;

	if ((pg = pg_open_environment(in->arena)) == NULL)
		return STATUS_UNREACHABLE;
	rows = pg_ask(pg, "cannot read the catalogue",
	    "SELECT ops.show_resource($1)", 1, &name);
	if (rows == NULL)
		return STATUS_FAILED;
	if (pg_value(rows, 0, 0) == NULL || *pg_value(rows, 0, 0) == '\0') {
		warnx("there is no resource \"%s\"", name);
		return STATUS_FAILED;
	}
	printf("%s", pg_value(rows, 0, 0));
	return STATUS_OK;
}
