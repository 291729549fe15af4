/* Reads the catalogue of our schemas, and compares it with another one. */
#include <err.h>
#include <stdbool.h>
#include <string.h>

#include "cli/catalogue.h"
#include "cli/pg.h"

#define SCHEMAS "('crm', 'identity', 'ops')"

#define RIGHTS(acl)                                                            \
	"(SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(" acl   \
	") x)"

#define OURS(namespace)                                                        \
	namespace " IN (SELECT oid FROM pg_namespace WHERE nspname "           \
		  "IN " SCHEMAS ")"

/*
 * The secret in ops.new_id() is another one in each database.  The index
 * contacts_document is made on demand, where extensions allow it.
 */
static const char
    snapshot[] = "SELECT name, definition FROM ("
		 "SELECT 'schema ' || quote_ident(nspname) AS name,"
		 " concat_ws(' ', nspowner::regrole, " RIGHTS(
		     "nspacl") ") AS definition"
			       " FROM pg_namespace WHERE nspname IN " SCHEMAS
			       " UNION ALL "
			       "SELECT CASE c.relkind WHEN 'v' THEN 'view ' "
			       "WHEN 'S' THEN 'sequence '"
			       " WHEN 'c' THEN 'type ' WHEN 'm' THEN "
			       "'materialized view '"
			       " ELSE 'table ' END || c.oid::regclass,"
			       " concat_ws(' ', c.relkind, c.relpersistence, "
			       "c.relrowsecurity,"
			       " c.relforcerowsecurity, c.reloptions, "
			       "c.relowner::regrole,"
			       " " RIGHTS("c.relacl") ", CASE WHEN c.relkind "
						      "IN ('v', 'm')"
						      " THEN "
						      "pg_get_viewdef(c.oid) "
						      "END)"
						      " FROM pg_class c WHERE "
						      "c.relkind NOT IN ('i', "
						      "'I', 't')"
						      " AND " OURS(
							  "c.relnamespace") " U"
									    "NI"
									    "ON"
									    " A"
									    "LL"
									    " "
									    "SE"
									    "LE"
									    "CT"
									    " '"
									    "co"
									    "lu"
									    "mn"
									    " '"
									    " |"
									    "| "
									    "c."
									    "oi"
									    "d:"
									    ":r"
									    "eg"
									    "cl"
									    "as"
									    "s "
									    "||"
									    " '"
									    ".'"
									    " |"
									    "| "
									    "qu"
									    "ot"
									    "e_"
									    "id"
									    "en"
									    "t("
									    "a."
									    "at"
									    "tn"
									    "am"
									    "e)"
									    ","
									    " c"
									    "on"
									    "ca"
									    "t_"
									    "ws"
									    "('"
									    " '"
									    ", "
									    "fo"
									    "rm"
									    "at"
									    "_t"
									    "yp"
									    "e("
									    "a."
									    "at"
									    "tt"
									    "yp"
									    "id"
									    ", "
									    "a."
									    "at"
									    "tt"
									    "yp"
									    "mo"
									    "d)"
									    ", "
									    "a."
									    "at"
									    "tn"
									    "ot"
									    "nu"
									    "ll"
									    ","
									    " a"
									    ".a"
									    "tt"
									    "id"
									    "en"
									    "ti"
									    "ty"
									    ", "
									    "a."
									    "at"
									    "tg"
									    "en"
									    "er"
									    "at"
									    "ed"
									    ", "
									    "a."
									    "at"
									    "ts"
									    "to"
									    "ra"
									    "ge"
									    ","
									    " a"
									    ".a"
									    "tt"
									    "co"
									    "ll"
									    "at"
									    "io"
									    "n:"
									    ":r"
									    "eg"
									    "co"
									    "ll"
									    "at"
									    "io"
									    "n,"
									    " p"
									    "g_"
									    "ge"
									    "t_"
									    "ex"
									    "pr"
									    "(d"
									    ".a"
									    "db"
									    "in"
									    ", "
									    "d."
									    "ad"
									    "re"
									    "li"
									    "d)"
									    ","
									    " " RIGHTS("a.attacl") ")"
												   " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
												   " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
												   " WHERE a.attnum > 0 AND NOT a.attisdropped"
												   " AND c.relkind NOT IN ('i', 'I', 't') AND " OURS(
												       "c.relnamespace") " UNION ALL "
															 "SELECT format('constraint %I on %s', k.conname, k.conrelid::regclass),"
															 " concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)"
															 " FROM pg_constraint k WHERE k.conrelid <> 0"
															 " AND " OURS(
															     "k.connamespace") " UNION ALL "
																	       "SELECT format('index %I on %s', c.relname, i.indrelid::regclass),"
																	       " concat_ws(' ', pg_get_indexdef(c.oid), i.indisvalid)"
																	       " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
																	       " WHERE c.relname <> 'contacts_document' AND " OURS("c.relnamespace") " UNION ALL "
																										     "SELECT format('trigger %I on %s', g.tgname, g.tgrelid::regclass),"
																										     " concat_ws(' ', pg_get_triggerdef(g.oid), g.tgenabled)"
																										     " FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
																										     " WHERE NOT g.tgisinternal AND " OURS("c.relnamespace") " UNION ALL "
																																	     "SELECT format('policy %I on %s', p.polname, p.polrelid::regclass),"
																																	     " concat_ws(' ', p.polcmd, p.polpermissive,"
																																	     " (SELECT string_agg(r::regrole::text, ', ' ORDER BY r::regrole::text)"
																																	     " FROM unnest(p.polroles) r), pg_get_expr(p.polqual, p.polrelid),"
																																	     " pg_get_expr(p.polwithcheck, p.polrelid))"
																																	     " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
																																	     " WHERE " OURS(
																																		 "c.relnamespace") " UNION ALL "
																																				   "SELECT 'rule ' || quote_ident(r.rulename) || ' on '"
																																				   " || r.ev_class::regclass, pg_get_ruledef(r.oid)"
																																				   " FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
																																				   " WHERE r.rulename <> '_RETURN' AND " OURS("c.relnamespace") " UNION ALL "
																																												"SELECT 'function ' || p.oid::regprocedure,"
																																												" concat_ws(' ', CASE WHEN p.prokind IN ('f', 'p') THEN"
																																												" regexp_replace(pg_get_functiondef(p.oid), CASE WHEN p.proname ="
																																												" 'new_id' THEN 'hashint8extended\\(ms, -?\\d+\\)' ELSE '^$' END, '')"
																																												" END, p.proowner::regrole, " RIGHTS(
																																												    "p.proacl") ")"
																																														" FROM pg_proc p WHERE " OURS("p.pronamespace") " UNION ALL "
																																																				"SELECT 'comment on ' || pg_describe_object(d.classoid, d.objoid,"
																																																				" d.objsubid), d.description FROM pg_description d"
																																																				" JOIN pg_class c ON d.classoid = 'pg_class'::regclass"
																																																				" AND c.oid = d.objoid WHERE " OURS(
																																																				    "c.relnamespace") ") x ORDER BY name COLLATE \"C\"";

/* Names are written in full, whatever the search path of the role. */
const struct pg_rows *
catalogue_read(struct pg *pg)
{
	if (!pg_run(pg, "SET LOCAL search_path = pg_catalog")) {
		pg_warn(pg, "cannot read the catalogue");
		return NULL;
	}
	return pg_ask(pg, "cannot read the catalogue", snapshot, 0, NULL);
}

int
catalogue_compare(const struct pg_rows *live, const struct pg_rows *expected)
{
	int i = 0, j = 0, order, n = 0;

	while (i < pg_nrows(live) || j < pg_nrows(expected)) {
		if (i == pg_nrows(live))
			order = 1;
		else if (j == pg_nrows(expected))
			order = -1;
		else
			order = strcmp(
			    pg_value(live, i, 0), pg_value(expected, j, 0));
		if (order < 0) {
			warnx("%s is here and not in the files",
			    pg_value(live, i, 0));
			n++;
		} else if (order > 0) {
			warnx("%s is missing", pg_value(expected, j, 0));
			n++;
		} else if (strcmp(pg_value(live, i, 1),
			       pg_value(expected, j, 1)) != 0) {
			warnx(
			    "%s differs from the files", pg_value(live, i, 0));
			n++;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return n;
}
