/*
 * Reads the objects in Tenantry's schemas from the system catalogs, and
 * compares two such lists.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/schema/catalogue.h"

#define OURS "IN (SELECT oid FROM ours)"

/* Privileges in a fixed order, with the defaults written out. */
#define RIGHTS      "(SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest("
#define ON_SCHEMA   RIGHTS "coalesce(nspacl, acldefault('n', nspowner))) x)"
#define ON_TABLE    RIGHTS "coalesce(c.relacl, acldefault('r', c.relowner))) x)"
#define ON_COLUMN   RIGHTS "a.attacl) x)"
#define ON_FUNCTION RIGHTS "coalesce(p.proacl, acldefault('f', p.proowner))) x)"

/*
 * The secret in ops.new_id() differs in each database, and the schemas' owner
 * may have a different name in another database.
 */
static const char snapshot[] =
    "WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname "
    "IN " CATALOGUE_SCHEMAS ") "
    "SELECT name, regexp_replace(definition, '\\m' || regexp_replace("
    "current_user::text, '(\\W)', '\\\\\\1', 'g') || '\\M', 'OWNER', 'g')"
    " FROM ("
    "SELECT 'schema ' || quote_ident(nspname) AS name,"
    " concat_ws(' ', nspowner::regrole, " ON_SCHEMA ") AS definition"
    " FROM pg_namespace WHERE oid " OURS

    " UNION ALL "
    "SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence '"
    " WHEN 'c' THEN 'type ' WHEN 'm' THEN 'materialized view '"
    " ELSE 'table ' END || c.oid::regclass,"
    " concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity,"
    " c.relforcerowsecurity, c.reloptions, c.relowner::regrole, " ON_TABLE ","
    " CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)"
    " FROM pg_class c"
    " WHERE c.relkind NOT IN ('i', 'I', 't') AND c.relnamespace " OURS

    " UNION ALL "
    "SELECT 'column ' || c.oid::regclass || '.' || quote_ident(a.attname),"
    " concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " a.attidentity, a.attgenerated, a.attstorage,"
    " a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid),"
    " " ON_COLUMN ")"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " WHERE a.attnum > 0 AND NOT a.attisdropped"
    " AND c.relkind NOT IN ('i', 'I', 't') AND c.relnamespace " OURS

    " UNION ALL "
    "SELECT format('constraint %I on %s', k.conname, k.conrelid::regclass),"
    " concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)"
    " FROM pg_constraint k WHERE k.conrelid <> 0 AND k.connamespace " OURS

    " UNION ALL "
    "SELECT format('index %I on %s', c.relname, i.indrelid::regclass),"
    " concat_ws(' ', pg_get_indexdef(c.oid), i.indisvalid)"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE c.relnamespace " OURS

    " UNION ALL "
    "SELECT format('trigger %I on %s', g.tgname, g.tgrelid::regclass),"
    " concat_ws(' ', pg_get_triggerdef(g.oid), g.tgenabled)"
    " FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
    " WHERE NOT g.tgisinternal AND c.relnamespace " OURS

    " UNION ALL "
    "SELECT format('policy %I on %s', p.polname, p.polrelid::regclass),"
    " concat_ws(' ', p.polcmd, p.polpermissive,"
    " (SELECT string_agg(r::regrole::text, ', ' ORDER BY r::regrole::text)"
    " FROM unnest(p.polroles) r), pg_get_expr(p.polqual, p.polrelid),"
    " pg_get_expr(p.polwithcheck, p.polrelid))"
    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " WHERE c.relnamespace " OURS

    " UNION ALL "
    "SELECT format('rule %I on %s', r.rulename, r.ev_class::regclass),"
    " pg_get_ruledef(r.oid)"
    " FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
    " WHERE r.rulename <> '_RETURN' AND c.relnamespace " OURS

    " UNION ALL "
    "SELECT 'function ' || p.oid::regprocedure,"
    " concat_ws(' ', CASE WHEN p.prokind IN ('f', 'p') THEN"
    " regexp_replace(pg_get_functiondef(p.oid), CASE WHEN p.proname ="
    " 'new_id' THEN 'hashint8extended\\(ms, -?\\d+\\)' ELSE '^$' END, '')"
    " END, p.proowner::regrole, " ON_FUNCTION ")"
    " FROM pg_proc p WHERE p.pronamespace " OURS

    " UNION ALL "
    "SELECT 'enumeration ' || t.oid::regtype, concat_ws(' ',"
    " (SELECT string_agg(quote_literal(e.enumlabel), ', '"
    " ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),"
    " t.typowner::regrole)"
    " FROM pg_type t WHERE t.typtype = 'e' AND t.typnamespace " OURS

    " UNION ALL "
    "SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid,"
    " d.objsubid), d.description"
    " FROM pg_description d JOIN pg_class c ON c.oid = d.objoid"
    " WHERE d.classoid = 'pg_class'::regclass AND c.relnamespace " OURS

    ") x ";

/* Reads the resource descriptions, which an older schema lacks. */
static const char resources[] =
    "UNION ALL SELECT 'resource ' || (xpath('/row/name/text()', r))[1]::text,"
    " (xpath('/row/compiled/text()', r))[1]::text"
    " FROM unnest(xpath('/table/row', query_to_xml(CASE"
    " WHEN to_regclass('ops.resource') IS NULL THEN 'SELECT 1 WHERE false'"
    " ELSE 'SELECT name, compiled FROM ops.resource' END, false, false, '')))"
    " r";

/* Reads the API's refusals, which an older schema lacks. */
static const char refusals[] =
    "UNION ALL SELECT 'refusal ' || (xpath('/row/code/text()', r))[1]::text,"
    " (xpath('/row/description/text()', r))[1]::text"
    " FROM unnest(xpath('/table/row', query_to_xml(CASE"
    " WHEN to_regclass('ops.refusal') IS NULL THEN 'SELECT 1 WHERE false'"
    " ELSE 'SELECT code, description FROM ops.refusal' END, false, false, '')"
    ")) r";

/*
 * Reads the objects. Their names are schema-qualified, regardless of the role's
 * search path.
 */
const struct pg_rows *
catalogue_read(struct pg *pg)
{
	char sql[sizeof snapshot + sizeof resources + sizeof refusals + 64];

	if (!pg_run(pg, "SET LOCAL search_path = pg_catalog")) {
		pg_warn(pg, "cannot read the catalogue");
		return NULL;
	}
	snprintf(sql, sizeof sql,
	    "SELECT * FROM (%s%s %s) y ORDER BY name COLLATE \"C\"", snapshot,
	    resources, refusals);
	return pg_ask(pg, "cannot read the catalogue", sql, 0, NULL);
}

/* The transactions that wrote the rows in the system catalogs. */
static const char state[] =
    "WITH ours AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname "
    "IN " CATALOGUE_SCHEMAS "), relation AS (SELECT oid, xmin FROM "
    "pg_catalog.pg_class WHERE relnamespace " OURS ") "
    "SELECT md5(string_agg(concat_ws(' ', x, id, n, xmin), ',' ORDER BY x, "
    "id, n, xmin::text)) FROM ("
    "SELECT 1 AS x, oid AS id, 0 AS n, xmin FROM pg_catalog.pg_namespace "
    "WHERE oid " OURS " UNION ALL SELECT 2, oid, 0, xmin FROM relation "
    "UNION ALL SELECT 3, a.attrelid, a.attnum, a.xmin "
    "FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid "
    "UNION ALL SELECT 4, d.oid, 0, d.xmin "
    "FROM relation r JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid "
    "UNION ALL SELECT 5, oid, 0, xmin FROM pg_catalog.pg_constraint "
    "WHERE connamespace " OURS " UNION ALL SELECT 6, i.indexrelid, 0, i.xmin "
    "FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid "
    "UNION ALL SELECT 7, t.oid, 0, t.xmin "
    "FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid "
    "UNION ALL SELECT 8, p.oid, 0, p.xmin "
    "FROM relation r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid "
    "UNION ALL SELECT 9, w.oid, 0, w.xmin "
    "FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid "
    "UNION ALL SELECT 10, oid, 0, xmin FROM pg_catalog.pg_proc "
    "WHERE pronamespace " OURS " UNION ALL SELECT 11, oid, 0, xmin "
    "FROM pg_catalog.pg_type WHERE typnamespace " OURS
    " UNION ALL SELECT 12, e.oid, 0, e.xmin FROM pg_catalog.pg_enum e "
    "UNION ALL SELECT 13, d.objoid, d.objsubid, d.xmin "
    "FROM relation r JOIN pg_catalog.pg_description d ON d.objoid = r.oid "
    "UNION ALL SELECT 14, 0, hashtext(name), xmin FROM ops.resource) y";

const char *
catalogue_state(struct pg *pg)
{
	const struct pg_rows *rows = pg_query(pg, state, 0, NULL);

	return rows == NULL ? NULL : pg_value(rows, 0, 0);
}

/* Returns the end of a quoted value or of a word. */
static const char *
value_end(const char *s)
{
	if (*s != '\'')
		return s + strcspn(s, ", ");
	for (s++; *s != '\0' && (s[0] != '\'' || s[1] == '\''); s++)
		s += *s == '\'';
	return s + (*s == '\'');
}

static const char *
value_next(const char *s)
{
	s = value_end(s);
	return s + strspn(s, ", ");
}

/*
 * Returns true if an enumeration has all values of the other one in the same
 * order, and the same owner.
 */
static bool
has_values(const char *more, const char *less)
{
	size_t len;

	for (; *less != '\0'; less = value_next(less)) {
		len = (size_t)(value_end(less) - less);
		while (*more != '\0' &&
		    ((size_t)(value_end(more) - more) != len ||
			memcmp(more, less, len) != 0))
			more = value_next(more);
		if (*more == '\0')
			return false;
		more = value_next(more);
	}
	return true;
}

/* Returns the kind of difference between two definitions of one object. */
static int
side_of(const char *name, const char *first, const char *second)
{
	if (strncmp(name, "enumeration ", 12) != 0)
		return 0;
	return has_values(first, second) ? CATALOGUE_MORE
	    : has_values(second, first)  ? CATALOGUE_FEWER
					 : 0;
}

int
catalogue_compare(const struct pg_rows *first, const struct pg_rows *second,
    catalogue_difference *differ, void *data)
{
	int i = 0, j = 0, order, n = 0, side;

	while (i < pg_nrows(first) || j < pg_nrows(second)) {
		if (i == pg_nrows(first))
			order = 1;
		else if (j == pg_nrows(second))
			order = -1;
		else
			order = strcmp(
			    pg_value(first, i, 0), pg_value(second, j, 0));
		if (order != 0 ||
		    strcmp(pg_value(first, i, 1), pg_value(second, j, 1)) !=
			0) {
			side = order != 0 ? (order > 0) - (order < 0)
					  : side_of(pg_value(first, i, 0),
						pg_value(first, i, 1),
						pg_value(second, j, 1));
			differ(data,
			    order <= 0 ? pg_value(first, i, 0)
				       : pg_value(second, j, 0),
			    side);
			n += side != CATALOGUE_MORE;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return n;
}
