/* tenantry org list, show and members: shows organizations. */
#include <err.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/organization/org.h"

const char *
org_find(struct invocation *in)
{
	const struct pg_rows *rows = operator_ask(in,
	    "SELECT id FROM identity.organization "
	    "WHERE slug = $1 OR id = identity.uuid_or_null($1) "
	    "ORDER BY slug = $1 DESC",
	    1, in->arguments);

	if (rows == NULL)
		return NULL;
	if (pg_nrows(rows) == 0) {
		warnx("organization \"%s\" does not exist", in->arguments[0]);
		return NULL;
	}
	return pg_value(rows, 0, 0);
}

/* A separate table keeps the members of deleted organizations. */
#define ALL_MEMBERS                                                            \
	"(SELECT * FROM identity.organization_member UNION ALL "               \
	"SELECT * FROM identity.deleted_member) m"

/*
 * Reads one organization as a row, which has the organization as JSON and then
 * its columns as text.
 */
#define ROW                                                                    \
	"SELECT json_build_object('id', o.id, 'slug', o.slug, 'name', "        \
	"o.name, 'createdAt', o.created_at, 'deletedAt', o.deleted_at, "       \
	"'suspendedAt', o.suspended_at, 'readOnlyAt', o.read_only_at, "        \
	"'sandbox', o.sandbox, "                                               \
	"'purging', o.purging, 'memberLimit', o.member_limit, 'members', "     \
	"m.staff, 'portalUsers', m.portal_users, 'owners', m.owners), "        \
	"o.id, o.slug, o.name, to_char(o.created_at "                          \
	"AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), CASE WHEN o.purging "      \
	"THEN 'being purged' WHEN o.deleted_at IS NOT NULL THEN 'deleted ' "   \
	"|| to_char(o.deleted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "   \
	"WHEN o.suspended_at IS NOT NULL THEN 'suspended ' || to_char("        \
	"o.suspended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "            \
	"WHEN o.read_only_at IS NOT NULL THEN 'read-only since ' || to_char("  \
	"o.read_only_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') "            \
	"ELSE 'active' END, m.staff, o.member_limit, m.portal_users, "         \
	"coalesce((SELECT "                                                    \
	"string_agg(x, ', ') FROM json_array_elements_text(m.owners) x), "     \
	"'none'), coalesce((SELECT string_agg(r.role, ', ' ORDER BY "          \
	"r.role) FROM identity.organization_role r WHERE r.organization_id "   \
	"= o.id), 'none') FROM identity.organization o, LATERAL (SELECT "      \
	"count(*) FILTER (WHERE m.acts_as <> 'portal') AS staff, "             \
	"count(*) FILTER (WHERE m.acts_as = 'portal') AS portal_users, "       \
	"coalesce(json_agg(u.email ORDER BY u.email) FILTER "                  \
	"(WHERE m.acts_as = 'owner'), '[]') AS owners FROM " ALL_MEMBERS " "   \
	"JOIN identity.\"user\" u ON u.id = m.user_id "                        \
	"WHERE m.organization_id = o.id) m "

enum status
org_list(struct invocation *in)
{
	static const struct list_column columns[] = { { 2, -24 }, { 3, -28 },
		{ 6, 4 }, { 5, 0 }, { 0, 0 } };
	const struct pg_rows *rows = operator_ask(in,
	    ROW "WHERE $1::text IS NULL OR strpos(o.slug, $1) > 0 "
		"OR strpos(lower(o.name), lower($1)) > 0 ORDER BY o.slug",
	    1, in->arguments);

	return operator_list(in, rows, columns, "no organizations");
}

enum status
org_show(struct invocation *in)
{
	static const char *const labels[] = { "Id", "Slug", "Name", "Created",
		"State", "Members", "Member limit", "Portal users", "Owners",
		"Custom roles", NULL };
	const char *id = org_find(in);

	return id == NULL
	    ? STATUS_FAILED
	    : operator_show(in, ROW "WHERE o.id = $1", id, labels);
}

enum status
org_usage(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('name', u.name, 'amount', u.amount, "
	    "'bytes', u.bytes), u.name, lpad(u.amount::text, 12), "
	    "lpad(coalesce(pg_size_pretty(u.bytes), ''), 12) "
	    "FROM (SELECT x.* FROM ops.organization_usage($1) x UNION ALL "
	    "SELECT 'rows of all tables', sum(x.amount)::bigint, "
	    "sum(x.bytes)::bigint FROM ops.organization_usage($1) x "
	    "WHERE strpos(x.name, '.') > 0) u ORDER BY "
	    "strpos(u.name, '.') = 0, u.bytes DESC NULLS LAST, u.name";
	static const struct list_column columns[] = { { 1, -40 }, { 2, -12 },
		{ 3, 0 }, { 0, 0 } };
	const char *id = org_find(in);

	return id == NULL ? STATUS_FAILED
			  : operator_list(in, operator_ask(in, sql, 1, &id),
				columns, "nothing");
}

enum status
org_members(struct invocation *in)
{
	static const char sql[] =
	    "SELECT json_build_object('id', m.id, 'userId', m.user_id, "
	    "'email', u.email, 'name', u.name, 'role', m.role, 'actsAs', "
	    "m.acts_as, 'disabled', m.disabled, 'createdAt', m.created_at), "
	    "u.email, u.name, m.role || CASE WHEN m.disabled "
	    "THEN '  disabled' ELSE '' END FROM " ALL_MEMBERS " "
	    "JOIN identity.\"user\" u ON u.id = m.user_id "
	    "WHERE m.organization_id = $1 ORDER BY m.created_at, m.id";
	static const struct list_column columns[] = { { 1, -32 }, { 2, -24 },
		{ 3, 0 }, { 0, 0 } };
	const char *id = org_find(in);

	return id == NULL ? STATUS_FAILED
			  : operator_list(in, operator_ask(in, sql, 1, &id),
				columns, "no members");
}
