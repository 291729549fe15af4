/* tenantry org: which organizations there are, and who is in them. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/operator.h"
#include "cli/org.h"
#include "cli/pg.h"
#include "cli/terminal_text.h"
#include "lib/base/arena.h"

const struct pg_rows *
org_ask(
    struct org_task *t, const char *sql, int nparams, const char *const *params)
{
	return operator_ask(t->arena, t->pg, sql, nparams, params);
}

const char *
org_find(struct org_task *t)
{
	const struct pg_rows *rows = org_ask(t,
	    "SELECT id FROM identity.organization "
	    "WHERE slug = $1 OR id = identity.uuid_or_null($1) "
	    "ORDER BY slug = $1 DESC",
	    1, t->word);

	if (rows == NULL)
		return NULL;
	if (pg_nrows(rows) == 0) {
		warnx("there is no organization %s", t->word[0]);
		return NULL;
	}
	return pg_value(rows, 0, 0);
}

static enum status
print_json(const struct pg_rows *rows)
{
	int i, n = pg_nrows(rows);

	puts("[");
	for (i = 0; i < n; i++)
		printf("%s%s\n", pg_value(rows, i, 0), i + 1 < n ? "," : "");
	puts("]");
	return STATUS_OK;
}

/* Members of a deleted organization wait elsewhere. */
#define ALL_MEMBERS                                                            \
	"(SELECT * FROM identity.organization_member UNION ALL "               \
	"SELECT * FROM identity.deleted_member) m"

/* One organization as a row: JSON first, then what a person reads. */
#define ROW                                                                    \
	"SELECT json_build_object('id', o.id, 'slug', o.slug, 'name', "        \
	"o.name, 'createdAt', o.created_at, 'deletedAt', o.deleted_at, "       \
	"'suspendedAt', o.suspended_at, "                                      \
	"'purging', o.purging, 'memberLimit', o.member_limit, 'members', "     \
	"m.n, 'owners', m.owners), o.id, o.slug, o.name, to_char(o.created_at" \
	" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), CASE WHEN o.purging "     \
	"THEN 'being purged' WHEN o.deleted_at IS NOT NULL THEN 'deleted ' "   \
	"|| to_char(o.deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "   \
	"WHEN o.suspended_at IS NOT NULL THEN 'suspended ' || to_char("        \
	"o.suspended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "            \
	"ELSE 'active' END, m.n, o.member_limit, coalesce((SELECT "            \
	"string_agg(x, ', ') FROM json_array_elements_text(m.owners) x), "     \
	"'nobody'), coalesce((SELECT string_agg(r.role, ', ' ORDER BY "        \
	"r.role) FROM identity.organization_role r WHERE r.organization_id "   \
	"= o.id), 'none') FROM identity.organization o, LATERAL (SELECT "      \
	"count(*) AS n, coalesce(json_agg(u.email ORDER BY u.email) FILTER "   \
	"(WHERE m.acts_as = 'owner'), '[]') AS owners FROM " ALL_MEMBERS " "   \
	"JOIN identity.\"user\" u ON u.id = m.user_id "                        \
	"WHERE m.organization_id = o.id) m "

static enum status
list(struct org_task *t)
{
	const struct pg_rows *rows = org_ask(t,
	    ROW "WHERE $1::text IS NULL OR strpos(o.slug, $1) > 0 "
		"OR strpos(lower(o.name), lower($1)) > 0 ORDER BY o.slug",
	    1, t->word);
	int i;

	if (rows == NULL)
		return STATUS_FAILED;
	if (t->json)
		return print_json(rows);
	for (i = 0; i < pg_nrows(rows); i++)
		printf("%-24s  %-28s  %4s  %s\n",
		    terminal_text(t->arena, pg_value(rows, i, 2)),
		    terminal_text(t->arena, pg_value(rows, i, 3)),
		    pg_value(rows, i, 6), pg_value(rows, i, 5));
	if (pg_nrows(rows) == 0)
		puts("no organization");
	return STATUS_OK;
}

static enum status
show(struct org_task *t)
{
	static const char *const names[] = { "Id", "Slug", "Name", "Since",
		"State", "Members", "At most", "Owners", "Roles of its own" };
	const char *id = org_find(t);
	const struct pg_rows *rows;
	int i;

	if (id == NULL ||
	    (rows = org_ask(t, ROW "WHERE o.id = $1", 1, &id)) == NULL)
		return STATUS_FAILED;
	if (t->json)
		puts(pg_value(rows, 0, 0));
	for (i = 0; i < 9 && !t->json; i++)
		printf("%s: %s\n", names[i],
		    terminal_text(t->arena, pg_value(rows, 0, i + 1)));
	return STATUS_OK;
}

static enum status
members(struct org_task *t)
{
	static const char sql[] =
	    "SELECT json_build_object('id', m.id, 'userId', m.user_id, "
	    "'email', u.email, 'name', u.name, 'role', m.role, 'actsAs', "
	    "m.acts_as, 'disabled', m.disabled, 'createdAt', m.created_at), "
	    "u.email, u.name, m.role, CASE WHEN m.disabled THEN '  disabled' "
	    "ELSE '' END FROM " ALL_MEMBERS " "
	    "JOIN identity.\"user\" u ON u.id = m.user_id "
	    "WHERE m.organization_id = $1 ORDER BY m.created_at, m.id";
	const char *id = org_find(t);
	const struct pg_rows *rows;
	int i;

	if (id == NULL || (rows = org_ask(t, sql, 1, &id)) == NULL)
		return STATUS_FAILED;
	if (t->json)
		return print_json(rows);
	for (i = 0; i < pg_nrows(rows); i++)
		printf("%-32s  %-24s  %s%s\n",
		    terminal_text(t->arena, pg_value(rows, i, 1)),
		    terminal_text(t->arena, pg_value(rows, i, 2)),
		    terminal_text(t->arena, pg_value(rows, i, 3)),
		    pg_value(rows, i, 4));
	if (pg_nrows(rows) == 0)
		puts("no member");
	return STATUS_OK;
}

static const struct {
	const char *name;
	int least, most; /* words that follow */
	enum status (*run)(struct org_task *);
} verbs[] = {
	{ "list", 0, 1, list },
	{ "show", 1, 1, show },
	{ "create", 2, 2, org_create },
	{ "members", 1, 1, members },
	{ "add", 2, 3, org_add },
	{ "role", 3, 3, org_role },
	{ "remove", 2, 2, org_remove },
	{ "transfer", 2, 2, org_transfer },
	{ "limit", 2, 2, org_limit },
	{ "delete", 1, 1, org_delete },
	{ "suspend", 1, 1, org_suspend },
	{ "restore", 1, 1, org_restore },
	{ "export", 1, 1, org_export },
	{ "import", 1, 1, org_import },
	{ "checksum", 1, 1, org_checksum },
};

#define NVERBS (sizeof verbs / sizeof verbs[0])

/* Reads options and words; the number of words, or -1. */
static int
read_words(struct org_task *t, int argc, char **argv)
{
	int i, n = 0;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			t->json = true;
		else if (strcmp(argv[i], "--yes") == 0)
			t->yes = true;
		else if (strcmp(argv[i], "--slug") == 0 && i + 1 < argc)
			t->slug = argv[++i];
		else if (strcmp(argv[i], "--to") == 0 && i + 1 < argc)
			t->file = argv[++i];
		else if (strcmp(argv[i], "--checksum") == 0 && i + 1 < argc)
			t->sum = argv[++i];
		else if (argv[i][0] == '-' || n == 3)
			return -1;
		else
			t->word[n++] = argv[i];
	return n;
}

static enum status
org(struct arena *a, int argc, char **argv)
{
	struct org_task t = { .arena = a };
	size_t i = 0;
	int n;

	while (argc > 1 && i < NVERBS && strcmp(verbs[i].name, argv[1]) != 0)
		i++;
	if (argc < 2 || i == NVERBS)
		return command_usage(&org_command);
	n = read_words(&t, argc - 2, argv + 2);
	if (n < verbs[i].least || n > verbs[i].most)
		return command_usage(&org_command);
	if ((t.file != NULL) != (verbs[i].run == org_export))
		return command_usage(&org_command);
	if ((t.pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	return operator_sign(a, t.pg) ? verbs[i].run(&t) : STATUS_FAILED;
}

const struct command org_command = {
	.name = "org",
	.synopsis = "list [TEXT] [--json]\n"
		    "show ORG [--json]\n"
		    "members ORG [--json]\n"
		    "create NAME OWNER [--slug SLUG]\n"
		    "add ORG USER [ROLE]\n"
		    "role ORG USER ROLE\n"
		    "remove ORG USER\n"
		    "transfer ORG USER\n"
		    "limit ORG NUMBER\n"
		    "delete ORG --yes\n"
		    "suspend ORG\n"
		    "restore ORG\n"
		    "export ORG --to FILE\n"
		    "import FILE [--slug SLUG] [--checksum SUM]\n"
		    "checksum ORG",
	.about = "look after organizations and their members",
	.run = org,
};
