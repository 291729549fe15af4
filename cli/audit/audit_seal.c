/* tenantry audit seal and head: extends the audit log's hash chains. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/audit/audit.h"
#include "cli/base/commands.h"
#include "cli/base/pg.h"

bool
audit_become(struct pg *pg)
{
	if (pg_run(pg,
		"SET LOCAL ROLE tenantry_audit; SET LOCAL search_path = '';"
		"SET LOCAL statement_timeout = 0; SET LOCAL jit = off"))
		return true;
	pg_warn(pg, "could not become tenantry_audit");
	return false;
}

bool
audit_begin(struct pg *pg, const char *begin)
{
	if (pg_run(pg, begin))
		return audit_become(pg);
	pg_warn(pg, "could not begin a transaction");
	return false;
}

/* Seals some rows in one transaction. Returns false on an error. */
static bool
seal_some(struct pg *pg, const char *late, long long *sealed, bool *more)
{
	const struct pg_rows *rows;

	if (!audit_begin(pg, "BEGIN"))
		return false;
	rows = pg_query(pg,
	    "SELECT sealed, more FROM ops.seal_audit(5000, '0', $1)", 1, &late);
	if (rows == NULL || !pg_run(pg, "COMMIT")) {
		pg_warn(pg, "could not seal the audit log");
		return false;
	}
	*sealed += strtoll(pg_value(rows, 0, 0), NULL, 10);
	*more = strcmp(pg_value(rows, 0, 1), "t") == 0;
	return true;
}

/* Names the organizations that could not be sealed. */
static enum status
report_aside(struct pg *pg)
{
	const struct pg_rows *rows =
	    pg_ask(pg, "could not read the entries that are set aside",
		"SELECT org_id, error FROM ops.aside WHERE queue = 'seals' "
		"ORDER BY org_id",
		0, NULL);
	int i;

	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		warnx("organization %s is not sealed: %s", pg_value(rows, i, 0),
		    pg_value(rows, i, 1));
	return rows != NULL && i == 0 ? STATUS_OK : STATUS_FAILED;
}

enum status
audit_seal(struct invocation *in)
{
	const char *late = command_flag(in, OPTION_LATE) ? "t" : "f";
	long long sealed = 0;
	bool more = true;

	while (more) {
		if (!seal_some(in->pg, late, &sealed, &more))
			return STATUS_FAILED;
		late = "f"; /* the first call has already found them */
	}
	printf("sealed %lld rows\n", sealed);
	return report_aside(in->pg);
}

enum status
audit_head(struct invocation *in)
{
	const char *org = command_value(in, OPTION_ORG);
	const struct pg_rows *rows;

	if (!audit_begin(in->pg, "BEGIN READ ONLY"))
		return STATUS_FAILED;
	rows = org == NULL
	    ? pg_query(in->pg, "SELECT ops.audit_head()", 0, NULL)
	    : pg_query(in->pg,
		  "SELECT format('%s:%s:%s', org_id, n, encode(hash, 'hex')) "
		  "FROM ops.audit_seal WHERE org_id = $1::uuid "
		  "ORDER BY n DESC LIMIT 1",
		  1, &org);
	if (rows == NULL) {
		pg_warn(in->pg, "could not read the seals");
		return STATUS_FAILED;
	}
	if (pg_nrows(rows) == 0) {
		warnx("organization %s has no sealed rows", org);
		return STATUS_FAILED;
	}
	puts(pg_value(rows, 0, 0));
	return STATUS_OK;
}
