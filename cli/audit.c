/* tenantry audit: what became of accounts, and who did it. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/audit.h"
#include "cli/command.h"
#include "cli/pg.h"
#include "lib/base/arena.h"

/* What the command line asked for; NULL: any. */
struct audit {
	const char *user;   /* id or address */
	const char *action; /* "session" stands for "session.created" too */
	const char *since;
	const char *limit;
	bool json;
};

static bool
audit_option(struct audit *asked, const char *name, const char *value)
{
	if (value == NULL)
		return false;
	if (strcmp(name, "--user") == 0)
		asked->user = value;
	else if (strcmp(name, "--action") == 0)
		asked->action = value;
	else if (strcmp(name, "--since") == 0)
		asked->since = value;
	else if (strcmp(name, "--limit") == 0)
		asked->limit = value;
	else
		return false;
	return true;
}

static bool
audit_arguments(struct audit *asked, int argc, char **argv)
{
	int i;

	*asked = (struct audit){ .limit = "50" };
	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			asked->json = true;
		else if (!audit_option(
			     asked, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
			return false;
		else
			i++;
	return strlen(asked->limit) < 9 &&
	    strspn(asked->limit, "0123456789") == strlen(asked->limit) &&
	    *asked->limit != '\0';
}

/* The last ones that fit, told in the order they came. */
static const struct pg_rows *
audit_read(struct pg *pg, const struct audit *asked)
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
	const char *params[] = { asked->user, asked->action, asked->since,
		asked->limit };

	return pg_query(pg, sql, 4, params);
}

/* One event a line; "by" only where somebody else acted. */
static void
audit_print(const struct pg_rows *rows, int i)
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

/* Words that lead elsewhere: to the log of rows and its seals. */
static const struct word {
	const char *name;
	enum status (*run)(struct arena *, int argc, char **argv);
} words[] = {
	{ "seal", audit_seal },
	{ "head", audit_head },
	{ "verify", audit_verify },
};

static enum status
events(struct arena *a, int argc, char **argv)
{
	const struct pg_rows *rows;
	struct audit asked;
	struct pg *pg;
	int i;

	if (!audit_arguments(&asked, argc, argv))
		return command_usage(&audit_command);
	if ((pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	if ((rows = audit_read(pg, &asked)) == NULL) {
		pg_warn(pg, "cannot read the log");
		return STATUS_FAILED;
	}
	for (i = 0; i < pg_nrows(rows); i++)
		if (asked.json)
			puts(pg_value(rows, i, 7));
		else
			audit_print(rows, i);
	if (pg_nrows(rows) == 0 && !asked.json)
		puts("no event");
	return STATUS_OK;
}

static enum status
audit(struct arena *a, int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(argv[1], words[i].name) == 0)
			return words[i].run(a, argc - 1, argv + 1);
	return events(a, argc, argv);
}

const struct command audit_command = {
	.name = "audit",
	.synopsis = "[--user ADDRESS|ID] [--action NAME] [--since TIME] "
		    "[--limit N] [--json]\n"
		    "seal [--late]\n"
		    "head [--org ID]\n"
		    "verify [--org ID] [--head HEAD]...",
	.about = "tell what became of accounts, and who did it; seal the log "
		 "of rows and prove it whole",
	.run = audit,
};
