/* tenantry routes: shows who calls old API paths, and retires these paths. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"

enum status
routes_list(struct invocation *in)
{
	static const char sql[] =
	    "SELECT row_to_json(r), r.path, r.successor, CASE WHEN "
	    "r.retired_at IS NOT NULL THEN 'retired' ELSE 'until ' || r.sunset "
	    "END, r.requests || ' calls in 7 days' || coalesce(', the last on "
	    "' "
	    "|| r.last_used, '') FROM ops.routes() r";
	static const struct list_column columns[] = { { 1, -28 }, { 2, -28 },
		{ 3, -16 }, { 4, 0 }, { 0, 0 } };

	return operator_list(in,
	    pg_ask(in->pg, "could not read the old paths", sql, 0, NULL),
	    columns, "no path was renamed");
}

enum status
routes_usage(struct invocation *in)
{
	static const char sql[] =
	    "SELECT row_to_json(c), c.path, c.requests, c.last_used, c.agent, "
	    "coalesce(c.organization, '') FROM ops.route_callers($1, 10000) c";
	static const struct list_column columns[] = { { 1, -28 }, { 2, 10 },
		{ 3, 0 }, { 4, -20 }, { 5, 0 }, { 0, 0 } };
	const char *path = in->narguments > 0 ? in->arguments[0] : NULL;

	return operator_list(in,
	    pg_ask(in->pg, "could not read the callers", sql, 1, &path),
	    columns, "nobody calls an old path");
}

/* Runs a function that returns the reason for a refusal, or null. */
static enum status
change(struct invocation *in, const char *sql, const char *confirmed,
    const char *done)
{
	const char *params[] = { in->arguments[0], confirmed };
	const struct pg_rows *rows =
	    pg_ask(in->pg, "could not change the old path", sql,
		confirmed != NULL ? 2 : 1, params);

	if (rows == NULL)
		return STATUS_FAILED;
	if (pg_value(rows, 0, 0) == NULL) {
		printf("%s %s\n", in->arguments[0], done);
		return STATUS_OK;
	}
	warnx("%s: %s", in->arguments[0], pg_value(rows, 0, 0));
	return STATUS_FAILED;
}

enum status
routes_retire(struct invocation *in)
{
	const char *meant = command_value(in, OPTION_YES_I_MEAN);
	const struct pg_rows *rows;

	if (meant != NULL) {
		rows = pg_ask(in->pg, "could not read the database's name",
		    "SELECT current_database()", 0, NULL);
		if (rows == NULL)
			return STATUS_FAILED;
		if (strcmp(pg_value(rows, 0, 0), meant) != 0) {
			warnx("that is not the name of the database; nothing "
			      "was changed");
			return STATUS_FAILED;
		}
	}
	return change(in, "SELECT ops.retire_route($1, $2)",
	    meant != NULL ? "true" : "false",
	    "is answered with 410 from now on");
}

enum status
routes_restore(struct invocation *in)
{
	return change(
	    in, "SELECT ops.restore_route($1)", NULL, "is answered again");
}
