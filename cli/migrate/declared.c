/* Compares an application's migration files with the source. */
#include <ctype.h>
#include <err.h>
#include <ftw.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/program.h"
#include "cli/base/script.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/declared.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/prisma.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define FILES_MAX 4000
#define ROLES_MAX 8 /* maximum number of missing roles per statement */

/*
 * The objects to which Supabase's migrations refer but which a scratch database
 * lacks.
 */
static const char preamble[] =
    "CREATE SCHEMA auth; CREATE SCHEMA extensions; CREATE SCHEMA storage;"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text,"
    " raw_user_meta_data jsonb, created_at timestamptz);"
    "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT"
    " NULL::uuid';"
    "CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql AS 'SELECT"
    " NULL::text';"
    "CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql AS 'SELECT"
    " NULL::jsonb';"
    "SET search_path = public; SET check_function_bodies = off;"
    "SET lock_timeout = '10s'; SET statement_timeout = '60s';"
    "SET client_min_messages = error";

/*
 * Lists a schema's objects, each with a definition that is the same on any
 * server.
 */
static const char objects[] =
    "WITH t AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c WHERE"
    " c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p',"
    " 'v', 'm') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid ="
    " c.oid AND d.deptype = 'e')) SELECT x.kind || ' ' || x.name COLLATE"
    " \"C\" AS key, x.definition FROM ("
    "SELECT CASE WHEN t.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END"
    " AS kind, t.relname::text AS name, '' AS definition FROM t"
    " UNION ALL SELECT 'column', t.relname || '.' || a.attname,"
    " format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN"
    " ' NOT NULL' ELSE '' END FROM t JOIN pg_attribute a ON a.attrelid ="
    " t.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE t.relkind IN"
    " ('r', 'p')"
    " UNION ALL SELECT 'constraint', t.relname || '.' || k.conname,"
    " pg_get_constraintdef(k.oid) FROM t JOIN pg_constraint k ON"
    " k.conrelid = t.oid WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')"
    " UNION ALL SELECT 'policy', t.relname || '.' || p.polname,"
    " concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE"
    " 'restrictive' END, p.polcmd, 'to', (SELECT string_agg(coalesce("
    "r.rolname, 'public'), ', ' ORDER BY r.rolname) FROM unnest(p.polroles)"
    " u (role) LEFT JOIN pg_roles r ON r.oid = u.role),"
    " pg_get_expr(p.polqual, p.polrelid),"
    " pg_get_expr(p.polwithcheck, p.polrelid)) FROM t JOIN pg_policy p ON"
    " p.polrelid = t.oid"
    " UNION ALL SELECT 'trigger', t.relname || '.' || g.tgname,"
    " replace(pg_get_triggerdef(g.oid), 'public.', '') || CASE WHEN"
    " g.tgenabled = 'D' THEN ' (disabled)' ELSE '' END FROM t JOIN"
    " pg_trigger g ON g.tgrelid ="
    " t.oid AND NOT g.tgisinternal"
    " UNION ALL SELECT 'function', p.oid::regprocedure::text,"
    " concat_ws(' ', 'returns ' || pg_get_function_result(p.oid),"
    " l.lanname, CASE WHEN p.prosecdef THEN 'security definer' END,"
    " array_to_string(p.proconfig, ' '), 'body ' || left(md5(p.prosrc), 12))"
    " FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE"
    " p.pronamespace ="
    " 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d WHERE"
    " d.objid = p.oid AND d.deptype = 'e')"
    " UNION ALL SELECT 'type', y.typname, (SELECT string_agg(e.enumlabel,"
    " ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid ="
    " y.oid) FROM pg_type y WHERE y.typnamespace = 'public'::regnamespace"
    " AND y.typtype = 'e') x ORDER BY 1";

/* The state of a comparison. */
struct comparison {
	struct migration *m;
	struct pg *declared;
	struct json_object *lists[4]; /* arrays of texts */
};

enum { MISSING, EXTRA, DIFFERENT, FAILED };

static const char *const titles[][2] = {
	[MISSING] = { "declared_missing",
	    "Declared by the application, but missing in the database" },
	[EXTRA] = { "declared_extra",
	    "In the database, but not declared by the application" },
	[DIFFERENT] = { "declared_different",
	    "Declared differently from the database" },
	[FAILED] = { "declared_failed",
	    "Statements of the application that could not be run, so that the "
	    "rest is incomplete" },
};

static void
add(struct comparison *c, int list, const char *text)
{
	json_object_array_add(c->lists[list], json_object_new_string(text));
}

/* --- Statements */

/* Returns the end of the quoted or dollar-quoted text that begins here. */
static const char *
skip_quoted(const char *s)
{
	const char *end, *tag = s;
	size_t len;

	if (*s != '$') {
		for (end = s + 1; *end != '\0'; end++)
			if (*end == *s && *++end != *s)
				break;
			else if (*end == '\\' && *s == '\'' && end[1] != '\0')
				end++;
		return end;
	}
	len = 1 +
	    strspn(s + 1,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
		"0123456789");
	if (s[len] != '$')
		return s + 1;
	len++;
	for (end = s + len; *end != '\0'; end++)
		if (strncmp(end, tag, len) == 0)
			return end + len;
	return end;
}

static const char *
skip_comment(const char *s)
{
	const char *end = strstr(s, s[0] == '-' ? "\n" : "*/");

	return end == NULL ? s + strlen(s) : end + (s[0] == '-' ? 1 : 2);
}

/* Returns the end of the statement: its semicolon, or the end of the text. */
static const char *
statement_end(const char *s)
{
	while (*s != '\0' && *s != ';')
		if (*s == '\'' || *s == '"' || *s == '$')
			s = skip_quoted(s);
		else if (strncmp(s, "--", 2) == 0 || strncmp(s, "/*", 2) == 0)
			s = skip_comment(s);
		else
			s++;
	return s;
}

/* Replaces a role that the server lacks with PUBLIC in a statement. */
static const char *
for_everybody(struct arena *a, const char *sql, const char *message)
{
	const char *role = strstr(message, "role \""), *p, *found;
	struct buf b;
	size_t len;

	if (role == NULL)
		return NULL;
	role += 6;
	len = strcspn(role, "\"");
	role = arena_strndup(a, role, len);
	buf_init(&b, a);
	for (p = sql; (found = strstr(p, role)) != NULL; p = found + len) {
		buf_write(&b, p, (size_t)(found - p));
		buf_puts(&b,
		    isspace((unsigned char)found[-(found > sql)]) ? "PUBLIC"
								  : role);
	}
	buf_puts(&b, p);
	return strcmp(b.data, sql) == 0 ? NULL : b.data;
}

static void
run_statement(struct comparison *c, const char *path, int line, const char *sql)
{
	int i;

	for (i = 0; sql != NULL && i < ROLES_MAX; i++) {
		if (pg_run(c->declared, sql))
			return;
		if (strcmp(pg_error(c->declared)->state, "42704") != 0)
			break;
		sql = for_everybody(
		    c->m->arena, sql, pg_error(c->declared)->message);
	}
	add(c, FAILED,
	    arena_printf(c->m->arena, "%s:%d: %s", path, line,
		pg_error(c->declared)->message));
}

static void
run_text(struct comparison *c, const char *path, const char *text)
{
	const char *end;
	int line = 1;

	for (; *text != '\0'; text = end + (*end == ';')) {
		for (; isspace((unsigned char)*text); text++)
			line += *text == '\n';
		end = statement_end(text);
		if (end > text)
			run_statement(c, path, line,
			    arena_strndup(
				c->m->arena, text, (size_t)(end - text)));
		for (; text < end; text++)
			line += *text == '\n';
	}
}

/*
 * --- Files: migrations of Supabase, Drizzle and Prisma are SQL, in name order.
 * A folder without SQL may contain a Prisma schema, even in several files.
 */

static const char *found[FILES_MAX];
static size_t nfound;
static const char *ending; /* the end of the names of files to find */
static size_t ending_len;
static struct arena *finder;

static int
collect(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	size_t len = strlen(path);

	(void)st;
	(void)at;
	if (kind == FTW_F && len > ending_len &&
	    strcmp(path + len - ending_len, ending) == 0 && nfound < FILES_MAX)
		found[nfound++] = arena_strdup(finder, path);
	return 0;
}

static int
by_path(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool
find_files(struct arena *a, const char *folder, const char *name)
{
	finder = a;
	ending = name;
	ending_len = strlen(name);
	nfound = 0;
	if (nftw(folder, collect, 16, FTW_PHYS) == -1) {
		warn("%s", folder);
		return false;
	}
	if (nfound == FILES_MAX) {
		warnx("%s has too many files", folder);
		return false;
	}
	qsort(found, nfound, sizeof *found, by_path);
	return true;
}

/* Runs the SQL into which the Prisma schema is translated. */
static bool
run_prisma(struct comparison *c)
{
	const char *all = "", *text;
	size_t i;

	for (i = 0; i < nfound; i++) {
		if ((text = script_read(c->m->arena, found[i])) == NULL)
			return false;
		all = arena_printf(c->m->arena, "%s%s\n", all, text);
	}
	run_text(c, found[0], prisma_sql(c->m->arena, all));
	return true;
}

static bool
run_files(struct comparison *c, const char *folder)
{
	const char *text;
	bool prisma;
	size_t i;

	if (!find_files(c->m->arena, folder, ".sql"))
		return false;
	prisma = nfound == 0;
	if (prisma && !find_files(c->m->arena, folder, ".prisma"))
		return false;
	if (nfound == 0) {
		warnx("%s has no .sql or .prisma file", folder);
		return false;
	}
	if (!pg_run(c->declared, preamble)) {
		pg_warn(c->declared, folder);
		return false;
	}
	if (prisma)
		return run_prisma(c);
	for (i = 0; i < nfound; i++) {
		if ((text = script_read(c->m->arena, found[i])) == NULL)
			return false;
		run_text(c, found[i], text);
	}
	return true;
}

/* --- The comparison */

/* Returns true if either name is part of the other. */
static bool
is_similar(const char *one, const char *other)
{
	return strlen(one) > 3 && strlen(other) > 3 &&
	    (strstr(one, other) != NULL || strstr(other, one) != NULL);
}

/*
 * Returns " (similar to ...)" with tables from the other side, or NULL if there
 * are none.
 */
static const char *
similar(struct arena *a, const char *key, const struct pg_rows *rows)
{
	const char *name, *other;
	int i;

	if (strncmp(key, "table ", 6) != 0)
		return "";
	name = key + 6;
	for (i = 0; i < pg_nrows(rows); i++) {
		other = pg_value(rows, i, 0);
		if (strncmp(other, "table ", 6) == 0 &&
		    is_similar(name, other + 6))
			return arena_printf(a, " (similar to %s)", other + 6);
	}
	return "";
}

static const char *
definition(const struct pg_rows *rows, int i)
{
	const char *text = pg_value(rows, i, 1);

	return text != NULL ? text : "";
}

/*
 * Lists objects that exist only on one side. Parts of a missing table are
 * omitted.
 */
static void
add_one_sided(struct comparison *c, int list, const struct pg_rows *rows, int i,
    const struct pg_rows *others)
{
	static const char *const parts[] = { "column ", "constraint ",
		"policy ", "trigger " };
	const char *key = pg_value(rows, i, 0), *table;
	size_t k, len;
	int n;

	for (k = 0; k < 4; k++) {
		len = strlen(parts[k]);
		if (strncmp(key, parts[k], len) != 0)
			continue;
		table = arena_printf(c->m->arena, "table %.*s",
		    (int)strcspn(key + len, "."), key + len);
		for (n = 0; n < pg_nrows(others); n++)
			if (strcmp(pg_value(others, n, 0), table) == 0)
				break;
		if (n == pg_nrows(others))
			return;
	}
	add(c, list,
	    arena_printf(
		c->m->arena, "%s%s", key, similar(c->m->arena, key, others)));
}

/* Compares two lists, which must be sorted by key. */
static void
compare(struct comparison *c, const struct pg_rows *said,
    const struct pg_rows *live)
{
	int i = 0, k = 0, order;

	while (i < pg_nrows(said) || k < pg_nrows(live)) {
		order = i == pg_nrows(said) ? 1
		    : k == pg_nrows(live)
		    ? -1
		    : strcmp(pg_value(said, i, 0), pg_value(live, k, 0));
		if (order < 0)
			add_one_sided(c, MISSING, said, i++, live);
		else if (order > 0)
			add_one_sided(c, EXTRA, live, k++, said);
		else {
			if (strcmp(definition(said, i), definition(live, k)) !=
			    0)
				add(c, DIFFERENT,
				    arena_printf(c->m->arena,
					"%s: \"%s\" there, \"%s\" declared",
					pg_value(said, i, 0),
					definition(live, k),
					definition(said, i)));
			i++;
			k++;
		}
	}
}

static void
print(struct comparison *c, struct json_object *findings)
{
	struct json_object *o;
	size_t i, k;

	for (i = 0; i < 4; i++) {
		if (findings != NULL) {
			o = json_object_new_object();
			json_object_object_add(
			    o, "about", json_object_new_string(titles[i][1]));
			json_share(o, "rows", c->lists[i]);
			json_object_object_add(findings, titles[i][0], o);
			continue;
		}
		printf("\n%s\n", titles[i][1]);
		if (json_object_array_length(c->lists[i]) == 0)
			puts("  none");
		for (k = 0; k < json_object_array_length(c->lists[i]); k++)
			printf("  %s\n",
			    terminal_text(c->m->arena,
				json_object_get_string(
				    json_object_array_get_idx(
					c->lists[i], k))));
	}
}

/*
 * Lists the objects. With an empty search path, names are the same on both
 * sides.
 */
static const struct pg_rows *
list_objects(struct pg *pg, const char *what)
{
	return pg_run(pg, "SET search_path = pg_catalog")
	    ? pg_ask(pg, what, objects, 0, NULL)
	    : NULL;
}

bool
declared_compare(
    struct migration *m, const char *folder, struct json_object *findings)
{
	static const char *const make[PROGRAM_ARGUMENTS] = { "declared" };
	static const char *const drop[PROGRAM_ARGUMENTS] = { "drop_clone",
		"declared" };
	const char *url = program_output(m->arena, "backup", make);
	const struct pg_rows *said, *live;
	struct comparison c = { .m = m };
	struct arena *a = arena_new();
	bool ok = false;
	size_t i;

	if (url == NULL)
		return false;
	for (i = 0; i < 4; i++) {
		c.lists[i] = json_object_new_array();
		json_own(m->arena, c.lists[i]);
	}
	c.declared = pg_open(
	    a, "DATABASE_URL", arena_strndup(a, url, strcspn(url, "\n")));
	if (c.declared != NULL && run_files(&c, folder) &&
	    (said = list_objects(c.declared, folder)) != NULL &&
	    (live = list_objects(m->source, "the source")) != NULL) {
		compare(&c, said, live);
		print(&c, findings);
		ok = true;
	}
	arena_free(a);
	return program_output(m->arena, "backup", drop) != NULL && ok;
}
