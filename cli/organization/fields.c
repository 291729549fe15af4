/* tenantry fields: the custom fields and objects of an organization as a file. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/organization/org.h"

/* Writes the text to the file, or to standard output without a name. */
static enum status
write_file(const char *path, const char *text)
{
	FILE *f = path != NULL ? fopen(path, "we") : stdout;
	bool whole;

	if (f == NULL) {
		warn("%s", path);
		return STATUS_FAILED;
	}
	whole = fprintf(f, "%s\n", text) > 0;
	if (f != stdout && fclose(f) != 0)
		whole = false;
	if (!whole)
		warn("%s", path != NULL ? path : "standard output");
	return whole ? STATUS_OK : STATUS_FAILED;
}

enum status
fields_export(struct invocation *in)
{
	static const char sql[] = "SELECT crm.definition_file($1)";
	const char *id = org_find(in);
	const struct pg_rows *rows;

	if (id == NULL || (rows = operator_ask(in, sql, 1, &id)) == NULL)
		return STATUS_FAILED;
	return write_file(in->arguments[1], pg_value(rows, 0, 0));
}

/* Returns whether a difference of the plan loses values. */
static bool
loses_values(const struct pg_rows *rows)
{
	int i;

	for (i = 0; i < pg_nrows(rows); i++)
		if (strcmp(pg_value(rows, i, 4), "") != 0)
			return true;
	return false;
}

enum status
fields_apply(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('action', a.action, 'name', a.name, "
	    "'members', a.members, 'lost', a.lost), a.action, a.name, "
	    "a.members, CASE WHEN a.lost > 0 THEN 'loses ' || a.lost || "
	    "CASE a.lost WHEN 1 THEN ' value' ELSE ' values' END ELSE '' END "
	    "FROM crm.apply_definitions($1, $2::jsonb, $3::boolean, "
	    "$4::boolean) a";
	static const struct list_column columns[] = { { 1, -6 }, { 2, -40 },
		{ 3, 0 }, { 4, 0 }, { 0, 0 } };
	bool allowed = command_flag(in, OPTION_ALLOW_LOSS);
	const char *params[] = { org_find(in), NULL, allowed ? "t" : "f",
		command_flag(in, OPTION_DRY_RUN) ? "t" : "f" };
	const struct pg_rows *rows;
	enum status status;

	if (params[0] == NULL)
		return STATUS_FAILED;
	if ((params[1] = script_read(in->arena, in->arguments[1])) == NULL)
		return STATUS_FAILED;
	rows = operator_ask(in, sql, 4, params);
	status = operator_list(in, rows, columns, "no changes");
	if (status == STATUS_OK && loses_values(rows) && !allowed) {
		warnx("values would be lost, so nothing was changed; "
		      "--allow-loss moves them to the trash");
		return STATUS_FAILED;
	}
	return status;
}
