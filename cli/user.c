/* tenantry user: who may use the installation, and who runs it. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/operator.h"
#include "cli/pg.h"
#include "cli/terminal_text.h"
#include "cli/user.h"
#include "lib/base/arena.h"

const struct pg_rows *
user_ask(struct user_task *t, const char *sql, int nparams,
    const char *const *params)
{
	return operator_ask(t->arena, t->pg, sql, nparams, params);
}

const char *
user_find(struct user_task *t)
{
	const struct pg_rows *rows = user_ask(t,
	    "SELECT id FROM identity.\"user\" "
	    "WHERE id = $1 OR email = lower($1) ORDER BY id = $1 DESC",
	    1, t->word);

	if (rows == NULL)
		return NULL;
	if (pg_nrows(rows) == 0) {
		warnx("there is no user %s", t->word[0]);
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

#define SINCE "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"

#define STATE                                                                  \
	"CASE WHEN banned IS NOT TRUE OR ban_expires <= now() THEN 'active' "  \
	"ELSE 'banned' || coalesce(' until ' || to_char(ban_expires "          \
	"AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), '') END"

static const char list_sql[] =
    "SELECT identity.user_json(u), email, name, role, " STATE ", " SINCE
    " FROM identity.\"user\" u "
    "WHERE $1::text IS NULL OR strpos(email, lower($1)) > 0 "
    "OR strpos(lower(name), lower($1)) > 0 "
    "OR $1 = ANY (string_to_array(role, ',')) ORDER BY email";

static const char show_sql[] =
    "SELECT identity.user_json(u), id, email, "
    "CASE WHEN email_verified THEN 'yes' ELSE 'no' END, "
    "name, role, " STATE ", ban_reason, " SINCE ", "
    "coalesce((SELECT string_agg(DISTINCT CASE provider_id "
    "WHEN 'credential' THEN 'password' ELSE provider_id END, ', ') "
    "FROM identity.account a WHERE a.user_id = u.id), 'nothing yet'), "
    "CASE WHEN two_factor_enabled THEN 'yes' ELSE 'no' END, "
    "(SELECT count(*) FROM identity.session s "
    "WHERE s.user_id = u.id AND s.expires_at > now()), "
    "coalesce((SELECT string_agg(o.name || ' (' || m.role || "
    "CASE WHEN m.disabled THEN ', disabled' ELSE '' END || ')', ', ' "
    "ORDER BY o.name) FROM identity.organization_member m "
    "JOIN identity.organization o ON o.id = m.organization_id "
    "WHERE m.user_id = u.id), 'none') "
    "FROM identity.\"user\" u WHERE id = $1";

static const char sessions_sql[] =
    "SELECT identity.session_json(s), id, " SINCE ", coalesce(method, '-'), "
    "coalesce(ip_address, ''), coalesce(user_agent, ''), "
    "(SELECT ' impersonated by ' || u.email FROM identity.\"user\" u "
    "WHERE u.id = s.impersonated_by) "
    "FROM identity.session s WHERE user_id = $1 AND expires_at > now() "
    "ORDER BY created_at, id";

static enum status
list(struct user_task *t)
{
	const struct pg_rows *rows = user_ask(t, list_sql, 1, t->word);
	int i;

	if (rows == NULL)
		return STATUS_FAILED;
	if (t->json)
		return print_json(rows);
	for (i = 0; i < pg_nrows(rows); i++)
		printf("%-32s  %-24s  %-6s  %-8s  %s\n",
		    terminal_text(t->arena, pg_value(rows, i, 1)),
		    terminal_text(t->arena, pg_value(rows, i, 2)),
		    terminal_text(t->arena, pg_value(rows, i, 3)),
		    pg_value(rows, i, 4), pg_value(rows, i, 5));
	if (pg_nrows(rows) == 0)
		puts("no user");
	return STATUS_OK;
}

static enum status
show(struct user_task *t)
{
	static const char *const names[] = { "Id", "E-mail", "Verified", "Name",
		"Role", "State", "Reason of the ban", "Since", "Signs in by",
		"Two factors", "Sessions", "Organizations" };
	const char *id = user_find(t), *value;
	const struct pg_rows *rows;
	int i;

	if (id == NULL || (rows = user_ask(t, show_sql, 1, &id)) == NULL)
		return STATUS_FAILED;
	if (t->json)
		puts(pg_value(rows, 0, 0));
	for (i = 0; i < 12 && !t->json; i++)
		if ((value = pg_value(rows, 0, i + 1)) != NULL)
			printf("%s: %s\n", names[i],
			    terminal_text(t->arena, value));
	return STATUS_OK;
}

static enum status
sessions(struct user_task *t)
{
	const char *id = user_find(t);
	const struct pg_rows *rows;
	int i;

	if (id == NULL || (rows = user_ask(t, sessions_sql, 1, &id)) == NULL)
		return STATUS_FAILED;
	if (t->json)
		return print_json(rows);
	for (i = 0; i < pg_nrows(rows); i++)
		printf("%s  %s  %-13s  %-15s  %s%s\n", pg_value(rows, i, 1),
		    pg_value(rows, i, 2), pg_value(rows, i, 3),
		    terminal_text(t->arena, pg_value(rows, i, 4)),
		    terminal_text(t->arena, pg_value(rows, i, 5)),
		    terminal_text(t->arena, pg_value(rows, i, 6)));
	if (pg_nrows(rows) == 0)
		puts("no session");
	return STATUS_OK;
}

static const struct {
	const char *name;
	int least, most; /* words that follow */
	enum status (*run)(struct user_task *);
} verbs[] = {
	{ "list", 0, 1, list },
	{ "show", 1, 1, show },
	{ "create", 2, 2, user_create },
	{ "invite-admin", 1, 1, user_invite_admin },
	{ "role", 2, 2, user_role },
	{ "ban", 1, 1, user_ban },
	{ "unban", 1, 1, user_unban },
	{ "password", 1, 1, user_password },
	{ "sessions", 1, 1, sessions },
	{ "revoke", 1, 2, user_revoke },
	{ "reset-second-factor", 1, 1, user_reset_second_factor },
	{ "remove", 1, 1, user_remove },
};

#define NVERBS (sizeof verbs / sizeof verbs[0])

/* Reads options and words; the number of words, or -1. */
static int
read_words(struct user_task *t, int argc, char **argv)
{
	int i, n = 0;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			t->json = true;
		else if (strcmp(argv[i], "--mail") == 0)
			t->mail = true;
		else if (strcmp(argv[i], "--yes") == 0)
			t->yes = true;
		else if (strcmp(argv[i], "--for") == 0 && i + 1 < argc)
			t->life = argv[++i];
		else if (strcmp(argv[i], "--reason") == 0 && i + 1 < argc)
			t->reason = argv[++i];
		else if (argv[i][0] == '-' || n == 2)
			return -1;
		else
			t->word[n++] = argv[i];
	return n;
}

static enum status
user(struct arena *a, int argc, char **argv)
{
	struct user_task t = { .arena = a };
	size_t i = 0;
	int n;

	while (argc > 1 && i < NVERBS && strcmp(verbs[i].name, argv[1]) != 0)
		i++;
	if (argc < 2 || i == NVERBS)
		return command_usage(&user_command);
	n = read_words(&t, argc - 2, argv + 2);
	if (n < verbs[i].least || n > verbs[i].most)
		return command_usage(&user_command);
	if ((t.pg = pg_open_environment(a)) == NULL)
		return STATUS_UNREACHABLE;
	return operator_sign(a, t.pg) ? verbs[i].run(&t) : STATUS_FAILED;
}

const struct command user_command = {
	.name = "user",
	.synopsis = "list [TEXT] [--json]\n"
		    "show USER [--json]\n"
		    "sessions USER [--json]\n"
		    "revoke USER [SESSION]\n"
		    "reset-second-factor USER\n"
		    "create ADDRESS NAME [--mail]\n"
		    "password USER [--mail]\n"
		    "invite-admin ADDRESS [--mail]\n"
		    "role USER ROLE\n"
		    "ban USER [--for TIME] [--reason TEXT]\n"
		    "unban USER\n"
		    "remove USER --yes",
	.about = "look after users; make the first administrator",
	.run = user,
};
