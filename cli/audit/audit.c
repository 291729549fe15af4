/* tenantry audit: prints account events. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"

/* Returns the newest events within the limit, oldest first. */
static const struct pg_rows *
read_events(struct invocation *in, const char *limit)
{
	static const char sql[] =
	    "SELECT to_char(at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), action, "
	    "coalesce((SELECT email FROM identity.\"user\" u "
	    "WHERE u.id = e.user_id), e.user_id, '-'), "
	    "CASE WHEN actor_id IS DISTINCT FROM user_id "
	    "THEN coalesce((SELECT email FROM identity.\"user\" u "
	    "WHERE u.id = e.actor_id), actor_id, '-') END, "
	    "(SELECT email FROM identity.\"user\" u "
	    "WHERE u.id = e.impersonator_id), "
	    "address, data::text, row_to_json(e)::text "
	    "FROM (SELECT * FROM identity.event e "
	    "WHERE ($1::text IS NULL OR user_id = $1 OR user_id = "
	    "(SELECT id FROM identity.\"user\" WHERE email = lower($1))) "
	    "AND ($2::text IS NULL OR action = $2 "
	    "OR starts_with(action, $2 || '.')) "
	    "AND ($3::text IS NULL OR at >= $3::timestamptz) "
	    "ORDER BY at DESC, id DESC LIMIT $4::bigint) e ORDER BY at, id";
	const char *params[] = { command_value(in, OPTION_USER),
		command_value(in, OPTION_ACTION),
		command_value(in, OPTION_SINCE), limit };

	return pg_ask(in->pg, "could not read the events", sql, 4, params);
}

/* Prints one event per line. Adds "by" if another user acted. */
static void
print_event(const struct pg_rows *rows, int i)
{
	const char *by = pg_value(rows, i, 3), *as = pg_value(rows, i, 4);
	const char *from = pg_value(rows, i, 5), *data = pg_value(rows, i, 6);

	printf("%s  %-20s  %s", pg_value(rows, i, 0), pg_value(rows, i, 1),
	    pg_value(rows, i, 2));
	if (by != NULL)
		printf("  by %s", by);
	if (as != NULL)
		printf("  impersonated by %s", as);
	if (from != NULL)
		printf("  from %s", from);
	printf("%s%s\n", data != NULL ? "  " : "", data != NULL ? data : "");
}

enum status
audit_events(struct invocation *in)
{
	const char *limit = command_value(in, OPTION_LIMIT);
	bool json = command_flag(in, OPTION_JSON);
	const struct pg_rows *rows;
	int i;

	if (limit == NULL)
		limit = "50";
	if ((rows = read_events(in, limit)) == NULL)
		return STATUS_FAILED;
	for (i = 0; i < pg_nrows(rows); i++)
		if (json)
			puts(pg_value(rows, i, 7));
		else
			print_event(rows, i);
	if (pg_nrows(rows) == 0 && !json)
		puts("no events");
	return STATUS_OK;
}
