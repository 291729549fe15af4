/*
 * tenantry access explain: shows a member's permissions, and the rules that
 * grant them.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/organization/org.h"
#include "cli/user/user.h"

/*
 * Begins a transaction in the organization, as a worker would for an
 * administrator, because row security applies to the workers' role. Returns the
 * member's ID in crm.sales. On an error, reports it and returns NULL.
 */
static const char *
begin_as_member(struct invocation *in)
{
	const char *params[2];
	const struct pg_rows *rows;

	if ((params[0] = org_find(in)) == NULL ||
	    (params[1] = user_find(in, in->arguments[1])) == NULL)
		return NULL;
	if (!pg_run(in->pg, "BEGIN READ ONLY")) {
		pg_warn(in->pg, "could not begin a transaction");
		return NULL;
	}
	if ((rows = operator_ask(in,
		 "SELECT m.sales_id, identity.act_as(m), m.acts_as = 'portal' "
		 "FROM identity.organization_member m "
		 "WHERE m.organization_id = $1 AND m.user_id = $2",
		 2, params)) == NULL)
		return NULL;
	if (pg_nrows(rows) != 0 && *pg_value(rows, 0, 2) == 't') {
		warnx("%s is a portal user of %s, who sees only what is shared "
		      "with them",
		    in->arguments[1], in->arguments[0]);
		return NULL;
	}
	if (pg_nrows(rows) == 0 || pg_value(rows, 0, 0) == NULL) {
		warnx("%s is not a member of %s", in->arguments[1],
		    in->arguments[0]);
		return NULL;
	}
	if (!pg_run(in->pg,
		"SET LOCAL app.grants = '*'; SET LOCAL ROLE tenantry_app")) {
		pg_warn(in->pg, "could not act in the organization");
		return NULL;
	}
	return pg_value(rows, 0, 0);
}

enum status
access_explain(struct invocation *in)
{
	static const struct list_column columns[] = { { 1, -10 }, { 2, -3 },
		{ 3, 0 }, { 0, 0 } };
	const char *params[] = { in->arguments[2], in->arguments[3], NULL };
	const struct pg_rows *rows;

	if (params[1] != NULL &&
	    (*params[1] == '\0' ||
		params[1][strspn(params[1], "0123456789")] != '\0')) {
		warnx("invalid ID: \"%s\"", params[1]);
		return STATUS_USAGE;
	}
	if ((params[2] = begin_as_member(in)) == NULL)
		return STATUS_FAILED;
	rows = operator_ask(in,
	    "SELECT e, a->>'action', CASE WHEN (a->>'allowed')::boolean "
	    "THEN 'yes' ELSE 'no' END, a->>'reason' "
	    "FROM crm.explain_access($1, $2, $3) e, "
	    "json_array_elements(e::json->'actions') a",
	    3, params);
	if (rows != NULL && !pg_run(in->pg, "COMMIT")) {
		pg_warn(in->pg, "could not end the transaction");
		return STATUS_FAILED;
	}
	if (rows != NULL && command_flag(in, OPTION_JSON)) {
		puts(pg_value(rows, 0, 0));
		return STATUS_OK;
	}
	return operator_list(in, rows, columns, "no actions");
}
