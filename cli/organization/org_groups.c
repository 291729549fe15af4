/* tenantry org groups, map and unmap: roles based on a provider's groups. */
#include <err.h>
#include <stdio.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/organization/org.h"

enum status
org_groups(struct invocation *in)
{
	static const char sql[] =
	    "SELECT identity.group_role_json(g), g.provider_id, g.group_name, "
	    "g.role || CASE WHEN g.joins THEN '  joins' ELSE '' END "
	    "FROM identity.group_role g WHERE g.organization_id = $1 "
	    "ORDER BY g.provider_id, g.group_name, g.role";
	static const struct list_column columns[] = { { 1, -16 }, { 2, -40 },
		{ 3, 0 }, { 0, 0 } };
	const char *id = org_find(in);

	return id == NULL ? STATUS_FAILED
			  : operator_list(in, operator_ask(in, sql, 1, &id),
				columns, "no groups");
}

static void
print_mapping(struct invocation *in, const char *verb)
{
	printf("group %s of %s %s the role %s in %s\n",
	    terminal_text(in->arena, in->arguments[2]),
	    terminal_text(in->arena, in->arguments[1]), verb,
	    terminal_text(in->arena, in->arguments[3]),
	    terminal_text(in->arena, in->arguments[0]));
}

enum status
org_map(struct invocation *in)
{
	const char *params[] = { org_find(in), in->arguments[1],
		in->arguments[2], in->arguments[3],
		command_flag(in, OPTION_JOINS) ? "true" : "false" };

	if (params[0] == NULL ||
	    operator_ask(in,
		"SELECT FROM identity.save_group_role($1, $2, $3, $4, $5)", 5,
		params) == NULL)
		return STATUS_FAILED;
	print_mapping(
	    in, command_flag(in, OPTION_JOINS) ? "joins and has" : "has");
	return STATUS_OK;
}

enum status
org_unmap(struct invocation *in)
{
	const char *params[] = { org_find(in), in->arguments[1],
		in->arguments[2], in->arguments[3] };
	const struct pg_rows *rows;

	if (params[0] == NULL ||
	    (rows = operator_ask(in,
		 "DELETE FROM identity.group_role WHERE organization_id = $1 "
		 "AND provider_id = $2 AND group_name = $3 AND role = $4 "
		 "RETURNING id",
		 4, params)) == NULL)
		return STATUS_FAILED;
	if (pg_nrows(rows) == 0) {
		warnx("group \"%s\" of %s does not have this role",
		    in->arguments[2], in->arguments[1]);
		return STATUS_FAILED;
	}
	print_mapping(in, "no longer has");
	return STATUS_OK;
}
