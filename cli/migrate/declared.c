/* Compares an application's migration files with the source. */
#include <ctype.h>
#include <err.h>
#include <fnmatch.h>
#include <ftw.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

enum { MISSING, EXTRA, DIFFERENT, FAILED, UNREAD, LISTS };

/* The state of a comparison. */
struct comparison {
	struct migration *m;
	const char *dir; /* the folder with journeys/ */
	struct pg *declared;
	struct json_object *lists[LISTS]; /* arrays of texts */
};

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
	[UNREAD] = { "declared_unread",
	    "Nothing was compared, because no file declares a table in a form "
	    "that is read" },
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
	if (len == 0)
		return NULL;
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

/* Returns the first character that is neither white space nor a comment. */
static const char *
skip_blank(const char *s)
{
	for (;; s = skip_comment(s)) {
		while (isspace((unsigned char)*s))
			s++;
		if (strncmp(s, "--", 2) != 0 && strncmp(s, "/*", 2) != 0)
			return s;
	}
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

/* Returns the text up to the part that undoes a migration. */
static const char *
way_up(struct arena *a, const char *text)
{
	static const char *const marks[] = { "-- migrate:down",
		"-- +goose Down", "-- +migrate Down" };
	const char *end = text + strlen(text), *at;
	size_t i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if ((at = strstr(text, marks[i])) != NULL && at < end)
			end = at;
	return arena_strndup(a, text, (size_t)(end - text));
}

/* --- Files */

static const char *found[FILES_MAX];
static size_t nfound;
static const char *wanted; /* a pattern of paths */
static struct arena *finder;

/* Adds the path of a file that the project wrote itself, and that goes up. */
static int
collect(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	if (kind == FTW_F && fnmatch(wanted, path, 0) == 0 &&
	    strstr(path, "/node_modules/") == NULL &&
	    fnmatch("*[/.]down.sql", path, 0) != 0 && nfound < FILES_MAX)
		found[nfound++] = arena_strdup(finder, path);
	return 0;
}

static int
by_path(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool
find_files(struct arena *a, const char *folder, const char *pattern)
{
	finder = a;
	wanted = pattern;
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

/* Returns true if drizzle-kit wrote the migration with this path. */
static bool
has_snapshots(struct arena *a, const char *path)
{
	const char *name = strrchr(path, '/');

	return name != NULL &&
	    access(arena_printf(
		       a, "%.*s/meta/_journal.json", (int)(name - path), path),
		R_OK) == 0;
}

/*
 * Runs migrations of Supabase, Drizzle, Prisma and others, in the order of their
 * names. "drizzle-kit pull" begins with a migration in which everything is a
 * comment. The next ones depend on it, so its snapshots are read instead.
 */
static bool
run_sql(struct comparison *c, bool *done)
{
	const char *text;
	size_t i;

	*done = false;
	for (i = 0; i < nfound; i++) {
		if ((text = script_read(c->m->arena, found[i])) == NULL)
			return false;
		if (i == 0 && *skip_blank(text) == '\0' &&
		    has_snapshots(c->m->arena, found[i]))
			return true;
		run_text(c, found[i], way_up(c->m->arena, text));
	}
	*done = nfound > 0;
	return true;
}

/* Runs the statements for the newest snapshot of drizzle-kit. */
static bool
run_drizzle(struct comparison *c, bool *done)
{
	const char *path = arena_printf(
	    c->m->arena, "%s/journeys/declared/drizzle.sql", c->dir);
	const char *sql = script_read(c->m->arena, path), *text;
	const char *snapshot = nfound > 0 ? found[nfound - 1] : NULL;
	const struct pg_rows *rows;
	int i;

	*done = snapshot != NULL;
	if (snapshot == NULL || sql == NULL)
		return sql != NULL;
	if ((text = script_read(c->m->arena, snapshot)) == NULL ||
	    (rows = pg_ask(c->declared, snapshot, sql, 1, &text)) == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++)
		run_statement(c, snapshot, 1, pg_value(rows, i, 0));
	return true;
}

/* Translates the Prisma schema, in any number of files, and runs the SQL. */
static bool
run_prisma(struct comparison *c, bool *done)
{
	const char *all = "", *text;
	size_t i;

	*done = nfound > 0;
	for (i = 0; i < nfound; i++) {
		if ((text = script_read(c->m->arena, found[i])) == NULL)
			return false;
		all = arena_printf(c->m->arena, "%s%s\n", all, text);
	}
	if (nfound > 0)
		run_text(c, found[0], prisma_sql(c->m->arena, all));
	return true;
}

/* Names the first file with a Drizzle schema, and how it becomes SQL. */
static bool
name_typescript(struct comparison *c, bool *done)
{
	const char *text;
	size_t i;

	*done = false;
	for (i = 0; i < nfound && !*done; i++) {
		if ((text = script_read(c->m->arena, found[i])) == NULL)
			return false;
		*done = strstr(text, "drizzle-orm") != NULL;
		if (*done)
			add(c, UNREAD,
			    arena_printf(c->m->arena,
				"%s: a Drizzle schema in TypeScript. Write its "
				"SQL to a new folder, and give that folder to "
				"--application: "
				"npx drizzle-kit export > FOLDER/schema.sql",
				found[i]));
	}
	return true;
}

/* The forms in which an application declares its schema, best first. */
static const struct {
	const char *pattern;
	bool (*run)(struct comparison *, bool *done);
} forms[] = {
	{ "*.sql", run_sql },
	{ "*/meta/*_snapshot.json", run_drizzle },
	{ "*.prisma", run_prisma },
	{ "*.ts", name_typescript },
};

static bool
run_files(struct comparison *c, const char *folder)
{
	bool done = false;
	size_t i;

	if (!pg_run(c->declared, preamble)) {
		pg_warn(c->declared, folder);
		return false;
	}
	for (i = 0; i < sizeof forms / sizeof forms[0] && !done; i++)
		if (!find_files(c->m->arena, folder, forms[i].pattern) ||
		    !forms[i].run(c, &done))
			return false;
	if (!done)
		warnx("%s has no migrations in .sql files, snapshots of "
		      "drizzle-kit or .prisma files",
		    folder);
	return done;
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
	const char *key = pg_value(rows, i, 0), *table = pg_value(rows, i, 2);
	int n;

	for (n = 0; table != NULL && n < pg_nrows(others); n++)
		if (strcmp(pg_value(others, n, 0), table) == 0)
			break;
	if (table != NULL && n == pg_nrows(others))
		return;
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

/* Returns false for the lists that a comparison of nothing leaves empty. */
static bool
is_printed(const struct comparison *c, size_t list)
{
	if (json_object_array_length(c->lists[UNREAD]) == 0)
		return list != UNREAD;
	return json_object_array_length(c->lists[list]) > 0;
}

static void
print(struct comparison *c, struct json_object *findings)
{
	struct json_object *o;
	size_t i, k;

	for (i = 0; i < LISTS; i++) {
		if (!is_printed(c, i))
			continue;
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
 * Lists the objects of these schemas. With an empty search path, names are the
 * same on both sides.
 */
static const struct pg_rows *
list_objects(
    struct comparison *c, struct pg *pg, const char *what, const char *schemas)
{
	const char *sql = script_read(c->m->arena,
	    arena_printf(
		c->m->arena, "%s/journeys/declared/objects.sql", c->dir));

	return sql != NULL && pg_run(pg, "SET search_path = pg_catalog")
	    ? pg_ask(pg, what, sql, 1, &schemas)
	    : NULL;
}

/* Compares the declared schemas, without those of the preamble. */
static bool
compare_schemas(struct comparison *c, const char *folder)
{
	const struct pg_rows *schemas = pg_ask(c->declared, folder,
	    "SELECT array_agg(nspname) FROM pg_namespace WHERE nspname !~ "
	    "'^(pg_.*|information_schema|auth|extensions|storage)$'",
	    0, NULL);
	const struct pg_rows *said, *live;
	const char *names;

	if (schemas == NULL)
		return false;
	names = pg_value(schemas, 0, 0);
	if ((said = list_objects(c, c->declared, folder, names)) == NULL ||
	    (live = list_objects(c, c->m->source, "the source", names)) == NULL)
		return false;
	if (pg_nrows(said) > 0)
		compare(c, said, live);
	else if (json_object_array_length(c->lists[UNREAD]) == 0)
		add(c, UNREAD,
		    arena_printf(
			c->m->arena, "%s: its files create nothing", folder));
	return true;
}

bool
declared_compare(struct migration *m, const char *dir, const char *folder,
    struct json_object *findings)
{
	static const char *const make[PROGRAM_ARGUMENTS] = { "declared" };
	static const char *const drop[PROGRAM_ARGUMENTS] = { "drop_clone",
		"declared" };
	const char *url = program_output(m->arena, "backup", make);
	struct comparison c = { .m = m, .dir = dir };
	struct arena *a = arena_new();
	bool ok = false;
	size_t i;

	if (url == NULL)
		return false;
	for (i = 0; i < LISTS; i++) {
		c.lists[i] = json_object_new_array();
		json_own(m->arena, c.lists[i]);
	}
	c.declared = pg_open(
	    a, "DATABASE_URL", arena_strndup(a, url, strcspn(url, "\n")));
	if (c.declared != NULL && run_files(&c, folder) &&
	    compare_schemas(&c, folder)) {
		print(&c, findings);
		ok = true;
	}
	arena_free(a);
	return program_output(m->arena, "backup", drop) != NULL && ok;
}
