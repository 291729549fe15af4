/* tenantry org quota: lists an organization's quotas, or sets a quota. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/organization/org.h"

static enum status
list_quotas(struct invocation *in, const char *id)
{
	static const char sql[] =
	    "SELECT json_build_object('kind', q.kind, 'used', q.used, "
	    "'limit', q.most, 'state', q.state), q.kind, lpad(q.used::text, "
	    "14), lpad(coalesce(q.most::text, 'none'), 14), CASE q.state "
	    "WHEN 'ok' THEN '' ELSE q.state END FROM ops.quotas($1) q";
	static const struct list_column columns[] = { { 1, -12 }, { 2, -14 },
		{ 3, -14 }, { 4, 0 }, { 0, 0 } };

	return operator_list(
	    in, operator_ask(in, sql, 1, &id), columns, "no quotas");
}

/*
 * Returns true if Postgres reads the text as a number, or if the text is
 * "none".
 */
static bool
is_limit(const char *text)
{
	size_t len = strlen(text);

	return strcmp(text, "none") == 0 ||
	    (len > 0 && len <= 18 && strspn(text, "0123456789") == len);
}

static bool
is_kind(struct invocation *in, const char *kind)
{
	const struct pg_rows *rows = operator_ask(in,
	    "SELECT $1 = ANY (ops.quota_kinds()), "
	    "array_to_string(ops.quota_kinds(), ', ')",
	    1, &kind);

	if (rows == NULL)
		return false;
	if (strcmp(pg_value(rows, 0, 0), "t") == 0)
		return true;
	warnx("there is no quota \"%s\"; there are: %s", kind,
	    pg_value(rows, 0, 1));
	return false;
}

enum status
org_quota(struct invocation *in)
{
	const char *kind = in->arguments[1], *limit;
	const char *params[] = { org_find(in), kind, NULL };

	if (params[0] == NULL)
		return STATUS_FAILED;
	if (kind == NULL)
		return list_quotas(in, params[0]);
	limit = in->arguments[2] != NULL ? in->arguments[2] : "";
	if (!is_limit(limit)) {
		warnx("the limit must be a number or \"none\"");
		return STATUS_USAGE;
	}
	if (!is_kind(in, kind))
		return STATUS_USAGE;
	params[2] = strcmp(limit, "none") == 0 ? NULL : limit;
	if (operator_ask(in, "SELECT ops.set_quota($1, $2, $3::bigint)", 3,
		params) == NULL)
		return STATUS_FAILED;
	printf("the quota %s of %s is %s\n", kind,
	    terminal_text(in->arena, in->arguments[0]), limit);
	return STATUS_OK;
}
