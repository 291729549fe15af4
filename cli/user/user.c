/* tenantry user list, show and sessions: shows users. */
#include <err.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/user/user.h"

const char *
user_find(struct invocation *in, const char *user)
{
	const struct pg_rows *rows = operator_ask(in,
	    "SELECT id FROM identity.\"user\" "
	    "WHERE id = $1 OR email = lower($1) ORDER BY id = $1 DESC",
	    1, &user);

	if (rows == NULL)
		return NULL;
	if (pg_nrows(rows) == 0) {
		warnx("user \"%s\" does not exist", user);
		return NULL;
	}
	return pg_value(rows, 0, 0);
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
    "FROM identity.account a WHERE a.user_id = u.id), 'none'), "
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
    "coalesce(ip_address, ''), coalesce(user_agent, '') || coalesce("
    "(SELECT ' impersonated by ' || u.email FROM identity.\"user\" u "
    "WHERE u.id = s.impersonated_by), '') "
    "FROM identity.session s WHERE user_id = $1 AND expires_at > now() "
    "ORDER BY created_at, id";

enum status
user_list(struct invocation *in)
{
	static const struct list_column columns[] = { { 1, -32 }, { 2, -24 },
		{ 3, -6 }, { 4, -8 }, { 5, 0 }, { 0, 0 } };

	return operator_list(in, operator_ask(in, list_sql, 1, in->arguments),
	    columns, "no users");
}

enum status
user_show(struct invocation *in)
{
	static const char *const labels[] = { "Id", "Email", "Verified", "Name",
		"Role", "State", "Ban reason", "Created", "Sign-in methods",
		"Two-factor authentication", "Sessions", "Organizations",
		NULL };
	const char *id = user_find(in, in->arguments[0]);

	return id == NULL ? STATUS_FAILED
			  : operator_show(in, show_sql, id, labels);
}

enum status
user_sessions(struct invocation *in)
{
	static const struct list_column columns[] = { { 1, 0 }, { 2, 0 },
		{ 3, -13 }, { 4, -15 }, { 5, 0 }, { 0, 0 } };
	const char *id = user_find(in, in->arguments[0]);

	return id == NULL
	    ? STATUS_FAILED
	    : operator_list(in, operator_ask(in, sessions_sql, 1, &id), columns,
		  "no sessions");
}
