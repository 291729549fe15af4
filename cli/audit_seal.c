/* tenantry audit seal and head: the hash chains over the audit log. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/audit.h"
#include "cli/pg.h"
#include "lib/base/arena.h"

bool
audit_begin(struct pg *pg, const char *begin)
{
	if (pg_run(pg, begin) &&
	    pg_run(pg,
		"SET LOCAL ROLE tenantry_audit; SET LOCAL search_path = '';"
		"SET LOCAL statement_timeout = 0; SET LOCAL jit = off"))
		return true;
	pg_warn(pg, "cannot act as tenantry_audit");
	return false;
}

/* Seals a part in a transaction of its own; false when that failed. */
static bool
seal_some(struct pg *pg, const char *late, long long *sealed, bool *more)
{
	const struct pg_rows *rows;

	if (!audit_begin(pg, "BEGIN"))
		return false;
	rows = pg_query(pg,
	    "SELECT sealed, more FROM ops.seal_audit(5000, '0', $1)", 1, &late);
	if (rows == NULL || !pg_run(pg, "COMMIT")) {
		pg_warn(pg, "cannot seal the audit log");
		return false;
	}
	*sealed += strtoll(pg_value(rows, 0, 0), NULL, 10);
	*more = strcmp(pg_value(rows, 0, 1), "t") == 0;
	return true;
}

enum status
audit_seal(struct arena *a, int argc, char **argv)
{
	bool late = argc == 2 && strcmp(argv[1], "--late") == 0, more = true;
	long long sealed = 0;
	struct pg *pg;

	if (argc != 1 && !late)
		return command_usage(&audit_command);
	if ((pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	while (more)
		if (!seal_some(pg, late ? "t" : "f", &sealed, &more))
			return STATUS_FAILED;
	printf("%lld rows are sealed now\n", sealed);
	return STATUS_OK;
}

enum status
audit_head(struct arena *a, int argc, char **argv)
{
	const char *org = argc == 3 ? argv[2] : NULL;
	const struct pg_rows *rows;
	struct pg *pg;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--org") != 0))
		return command_usage(&audit_command);
	if ((pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	if (!audit_begin(pg, "BEGIN READ ONLY"))
		return STATUS_FAILED;
	rows = org == NULL
	    ? pg_query(pg, "SELECT ops.audit_head()", 0, NULL)
	    : pg_query(pg,
		  "SELECT format('%s:%s:%s', org_id, n, encode(hash, 'hex')) "
		  "FROM ops.audit_seal WHERE org_id = $1::uuid "
		  "ORDER BY n DESC LIMIT 1",
		  1, &org);
	if (rows == NULL) {
		pg_warn(pg, "cannot read the seals");
		return STATUS_FAILED;
	}
	if (pg_nrows(rows) == 0) {
		warnx("nothing of %s is sealed", org);
		return STATUS_FAILED;
	}
	puts(pg_value(rows, 0, 0));
	return STATUS_OK;
}
