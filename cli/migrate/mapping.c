/*
 * A plan's mapping: source columns that a journey reads under different names.
 */
#include <err.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/migrate/mapping.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/* The reasons for a column's mapping. propose() sets the other reasons. */
#define NOTHING "no column has this name or one that means the same"
#define NO_SUCH "no such column; it is "
#define CHOSEN  "a person said so"

/*
 * The decision that a table is read. is_decided() allows a table to be skipped
 * instead.
 */
#define IMPORT "import"

/*
 * A column that the journey reads: "first_name:text?", "active:boolean=true".
 */
struct needed {
	const char *name, *type;
	const char *fallback; /* an SQL literal; NULL: the column is required */
};

static struct needed
parse_column(struct arena *a, const char *word)
{
	size_t name = strcspn(word, ":");
	const char *rest = word + name + (word[name] == ':');
	size_t type = strcspn(rest, "?=");
	struct needed c = {
		.name = arena_strndup(a, word, name),
		.type = arena_strndup(a, rest, type),
	};

	if (rest[type] == '?')
		c.fallback = "NULL";
	else if (rest[type] == '=')
		c.fallback = rest + type + 1;
	return c;
}

static struct json_object *
member(struct json_object *o, const char *name)
{
	bool present;
	struct json_object *child =
	    o != NULL ? json_get(o, name, &present) : NULL;

	return json_object_is_type(child, json_type_object) ? child : NULL;
}

static struct json_object *
add_object(struct json_object *o, const char *name)
{
	struct json_object *child = json_object_new_object();

	json_object_object_add(o, name, child);
	return child;
}

static void
add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(
	    o, name, text != NULL ? json_object_new_string(text) : NULL);
}

/* Returns the synonyms of a name, from the journey's "like" lines. */
static const char *
synonyms(struct migration *m, const char *name)
{
	size_t len = strlen(name);
	int i;

	for (i = 0; i < m->journey->nlikes; i++)
		if (strncmp(m->journey->likes[i], name, len) == 0 &&
		    m->journey->likes[i][len] == ' ')
			return m->journey->likes[i] + len + 1;
	return "";
}

/*
 * Finds the table column that corresponds to a needed column, and the reason.
 * There is no row if no column corresponds. A column with the same name in any
 * notation is preferred to a synonym. A column that the journey reads under the
 * column's own name is not used for any other column.
 */
static const struct pg_rows *
propose(
    struct migration *m, const struct journey_table *t, const struct needed *c)
{
	return pg_ask(m->source, t->name,
	    "SELECT a.attname, CASE WHEN a.attname = $2 THEN CASE WHEN x.fits"
	    " THEN 'the same name' ELSE format('the same name; %s becomes %s',"
	    " format_type(a.atttypid, a.atttypmod), $3) END WHEN p.plain ="
	    " replace($2, '_', '') THEN 'the same name in another notation'"
	    " ELSE 'a name that means the same' END, a.attname = $2 AND x.fits"
	    " FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid,"
	    " LATERAL (SELECT replace(lower(a.attname), '_', '') AS plain) p,"
	    " LATERAL (SELECT $3 = 'any' OR a.atttypid = to_regtype($3) OR"
	    " y.typcategory IN ('S', 'N', 'D') AND y.typcategory = (SELECT"
	    " z.typcategory FROM pg_type z WHERE z.oid = to_regtype($3)) AS"
	    " fits) x WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT"
	    " a.attisdropped AND (a.attname = $2 OR (p.plain ="
	    " replace($2, '_', '') OR p.plain = ANY (string_to_array("
	    " replace($4, '_', ''), ' '))) AND NOT a.attname = ANY"
	    " (string_to_array($5, ' '))) ORDER BY a.attname <> $2, p.plain <>"
	    " replace($2, '_', ''), array_position(string_to_array("
	    " replace($4, '_', ''), ' '), p.plain) LIMIT 1",
	    5,
	    (const char *const[]){
		t->name, c->name, c->type, synonyms(m, c->name), t->names });
}

/* Returns true if the table has the column. */
static bool
has_column(
    struct migration *m, const char *table, const char *column, bool *has)
{
	const struct pg_rows *rows = pg_ask(m->source, table,
	    "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid ="
	    " to_regclass($1) AND attname = $2 AND attnum > 0 AND NOT"
	    " attisdropped)",
	    2, (const char *const[]){ table, column });

	if (rows == NULL)
		return false;
	*has = strcmp(pg_value(rows, 0, 0), "t") == 0;
	return true;
}

/*
 * Reads the earlier plan's choice into *from, and returns whether a person made
 * the choice. A null with one of the two reasons for a proposed null was not
 * chosen, and neither was a column that is also proposed now.
 */
static bool
was_chosen(struct json_object *was, const char *proposed, const char **from)
{
	const char *because = json_get_text(was, "because");
	bool present;

	if (was == NULL || (json_get(was, "from", &present), !present))
		return false;
	*from = json_get_text(was, "from");
	if (*from == NULL)
		return because == NULL ||
		    (strcmp(because, NOTHING) != 0 &&
			strncmp(because, NO_SUCH, strlen(NO_SUCH)) != 0);
	return proposed == NULL || strcmp(*from, proposed) != 0;
}

/* Adds a column's mapping to the plan. */
static bool
map_column(struct migration *m, const struct journey_table *t,
    const struct needed *c, struct json_object *columns,
    struct json_object *earlier)
{
	const struct pg_rows *rows = propose(m, t, c);
	struct json_object *o, *was = member(earlier, c->name);
	const char *from, *because;

	if (rows == NULL)
		return false;
	from = pg_nrows(rows) > 0 ? pg_value(rows, 0, 0) : NULL;
	because = from != NULL ? pg_value(rows, 0, 1)
	    : c->fallback != NULL
	    ? arena_printf(m->arena, NO_SUCH "%s", c->fallback)
	    : NOTHING;
	if (was_chosen(was, from, &from))
		because = CHOSEN;
	o = add_object(columns, c->name);
	add_text(o, "from", from);
	add_text(o, "because", because);
	return true;
}

/* Lists the columns that no query reads by name. */
static bool
add_rest(struct migration *m, const struct journey_table *t,
    struct json_object *columns, struct json_object *into)
{
	const struct pg_rows *rows;
	struct json_object *rest = json_object_new_array();
	struct buf used;
	int i;

	json_object_object_add(into, "rest", rest);
	buf_init(&used, m->arena);
	json_object_object_foreach(columns, name, o)
	{
		(void)name;
		if (json_get_text(o, "from") != NULL)
			buf_printf(&used, "%s ", json_get_text(o, "from"));
	}
	rows = pg_ask(m->source, t->name,
	    "SELECT a.attname FROM pg_attribute a WHERE a.attrelid ="
	    " $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT"
	    " a.attname = ANY (string_to_array($2, ' ')) ORDER BY a.attnum",
	    2, (const char *const[]){ t->name, used.data });
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
		json_object_array_add(rest,
		    json_object_new_string(
			arena_printf(m->arena, "%s: %s", pg_value(rows, i, 0),
			    t->rest != NULL ? t->rest : "not read")));
	return rows != NULL;
}

static bool
map_table(struct migration *m, const struct journey_table *t,
    struct json_object *mapping, struct json_object *earlier)
{
	struct json_object *o = add_object(mapping, t->name), *columns;
	struct json_object *was = member(earlier, t->name);
	const char *list = t->columns, *word;
	const char *becomes =
	    was != NULL ? json_get_text(was, "becomes") : NULL;
	struct needed c;

	add_text(o, "becomes", becomes != NULL ? becomes : IMPORT);
	columns = add_object(o, "columns");
	while ((word = journey_word(m->arena, &list)) != NULL) {
		c = parse_column(m->arena, word);
		if (!map_column(m, t, &c, columns, member(was, "columns")))
			return false;
	}
	return add_rest(m, t, columns, o);
}

/* --- Applying */

/* Returns true for "archive" or "skip", with or without "because ...". */
static bool
is_decided(const char *becomes)
{
	static const char because[] = " because ";
	size_t word = becomes != NULL ? strcspn(becomes, " ") : 0;
	bool archive = word == 7 && strncmp(becomes, "archive", word) == 0;

	if (archive && becomes[word] == '\0')
		return true;
	return (archive ||
		   (word == 4 && strncmp(becomes, "skip", word) == 0)) &&
	    strncmp(becomes + word, because, strlen(because)) == 0 &&
	    strlen(becomes + word) > strlen(because);
}

/* Checks whether a source table has rows. */
static bool
has_rows(struct migration *m, const char *table, bool *has)
{
	const struct pg_rows *rows = pg_ask(m->source, table,
	    arena_printf(m->arena, "SELECT EXISTS (SELECT FROM %s)", table), 0,
	    NULL);

	if (rows == NULL)
		return false;
	*has = strcmp(pg_value(rows, 0, 0), "t") == 0;
	return true;
}

/* Returns the reason why no column corresponds to a needed column, or NULL. */
static const char *
fault(struct migration *m, const struct journey_table *t,
    const struct needed *c, const char *from)
{
	bool has;

	if (from == NULL && c->fallback != NULL)
		return NULL;
	if (from == NULL && !has_rows(m, t->name, &has))
		return "the source did not answer";
	/* A table without rows needs no columns. */
	if (from == NULL)
		return has ? arena_printf(m->arena,
				 "%s.%s has no column; name one, or write "
				 "\"archive\" or \"skip because ...\" as "
				 "\"becomes\" of the table",
				 t->name, c->name)
			   : NULL;
	if (!has_column(m, t->name, from, &has))
		return "the source did not answer";
	return has
	    ? NULL
	    : arena_printf(m->arena, "%s.%s: the source has no column %s",
		  t->name, c->name, from);
}

/*
 * Builds the query that replaces the table: its columns, including the mapped
 * columns. A column without a decision is null, so that the rest of the plan
 * can be made. A table that is left out has no rows in queries that read it
 * together with another table.
 */
static bool
substitute(struct migration *m, struct journey_table *t,
    struct json_object *columns, struct json_object *faults)
{
	const char *list = t->columns, *word, *from, *why;
	struct buf mapped, names;
	const struct pg_rows *rows;
	struct needed c;
	bool plain = true;
	int i;

	buf_init(&mapped, m->arena);
	buf_init(&names, m->arena);
	while ((word = journey_word(m->arena, &list)) != NULL) {
		c = parse_column(m->arena, word);
		from = json_get_text(member(columns, c.name), "from");
		if ((why = fault(m, t, &c, from)) != NULL) {
			if (!t->left_out)
				json_object_array_add(
				    faults, json_object_new_string(why));
			from = NULL;
		}
		if (from != NULL && strcmp(from, c.name) == 0 &&
		    (rows = propose(m, t, &c)) != NULL && pg_nrows(rows) > 0 &&
		    strcmp(pg_value(rows, 0, 2), "t") == 0)
			continue;
		plain = false;
		buf_printf(&names, "%s ", c.name);
		if (from != NULL)
			buf_printf(&mapped, ", t.\"%s\"", from);
		else
			buf_printf(&mapped, ", %s",
			    c.fallback != NULL ? c.fallback : "NULL");
		buf_printf(&mapped, "%s%s AS %s",
		    strcmp(c.type, "any") == 0 ? "" : "::",
		    strcmp(c.type, "any") == 0 ? "" : c.type, c.name);
	}
	if ((plain && !t->left_out) || t->mapped)
		return true;
	t->mapped = true;
	rows = pg_ask(m->source, t->name,
	    "SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY"
	    " a.attnum) FROM pg_attribute a WHERE a.attrelid = $1::regclass AND"
	    " a.attnum > 0 AND NOT a.attisdropped AND NOT a.attname = ANY"
	    " (string_to_array($2, ' '))",
	    2, (const char *const[]){ t->name, names.data });
	if (rows == NULL)
		return false;
	i = pg_value(rows, 0, 0) == NULL ? 2 : 0; /* without ", " */
	journey_substitute(m->arena, m->journey, t->name,
	    arena_printf(m->arena, "(SELECT %s%s FROM %s t%s)",
		i == 0 ? pg_value(rows, 0, 0) : "", mapped.data + i, t->name,
		t->left_out ? " WHERE false" : ""));
	return true;
}

/* Leaves a table out if the plan does not import it. */
static void
leave_out(struct migration *m, struct journey_table *t,
    struct json_object *entry, struct json_object *faults)
{
	const char *becomes =
	    entry != NULL ? json_get_text(entry, "becomes") : NULL;

	t->left_out = becomes != NULL && strcmp(becomes, IMPORT) != 0;
	if (t->left_out && !is_decided(becomes))
		json_object_array_add(faults,
		    json_object_new_string(arena_printf(m->arena,
			"%s becomes neither \"" IMPORT "\" nor \"archive\" nor"
			" \"skip because ...\"",
			t->name)));
}

/* Applies the mapping. faults is an array of the faults in people's entries. */
static bool
apply(struct migration *m, struct json_object *plan, struct json_object *faults)
{
	struct json_object *mapping = member(plan, "mapping"), *entry;
	struct journey_table *t;
	bool there;
	int i;

	for (i = 0; i < m->journey->ntables; i++) {
		t = &m->journey->tables[i];
		entry = member(mapping, t->name);
		if (!migration_has_tables(m, t->name, &there))
			return false;
		leave_out(m, t, entry, faults);
		if (there &&
		    !substitute(m, t, member(entry, "columns"), faults))
			return false;
	}
	return true;
}

/* --- Tables that the journey does not read */

/*
 * Returns the journey's decision about a table, from an "archive" or "skip"
 * line, or NULL.
 */
static const char *
decided(struct migration *m, const char *table)
{
	const char *line, *verb, *name;
	size_t len;
	int i;

	for (i = 0; i < m->journey->ndecided; i++) {
		line = m->journey->decided[i];
		verb = journey_word(m->arena, &line);
		name = journey_word(m->arena, &line);
		len = strlen(name) - 1;
		if (name[len] == '*' ? strncmp(name, table, len) == 0
				     : strcmp(name, table) == 0)
			return arena_printf(m->arena, "%s because %s", verb,
			    line + strspn(line, " "));
	}
	return NULL;
}

/* Lists the application's tables that have rows but that no step reads. */
static const struct pg_rows *
find_others(struct migration *m)
{
	const char *list, *name;
	struct buf read;
	int i;

	buf_init(&read, m->arena);
	for (i = 0; i < m->journey->steps.n; i++) {
		list = journey_header(&m->journey->steps.all[i], "source");
		while ((name = journey_word(m->arena, &list)) != NULL)
			buf_printf(
			    &read, "%.*s ", (int)strcspn(name, "?"), name);
	}
	return pg_ask(m->source, "the tables of the application",
	    "SELECT x.name, x.n FROM (SELECT format('%s.%I',"
	    " c.relnamespace::regnamespace, c.relname) AS name,"
	    " (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n"
	    " FROM %s', c.oid::regclass), false, true, '')))[1]::text::bigint"
	    " AS n FROM pg_class c WHERE c.relnamespace = to_regnamespace($1)"
	    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND"
	    " has_table_privilege(c.oid, 'SELECT')) x WHERE x.n > 0 AND NOT"
	    " x.name = ANY (string_to_array($2, ' ')) ORDER BY x.name",
	    2, (const char *const[]){ m->journey->application, read.data });
}

static bool
add_others(struct migration *m, struct json_object *plan,
    struct json_object *earlier, struct json_object *faults)
{
	struct json_object *others = add_object(plan, "others"), *o, *was;
	const struct pg_rows *rows;
	const char *name, *becomes;
	int i;

	if (m->journey->application == NULL)
		return true;
	if ((rows = find_others(m)) == NULL)
		return false;
	for (i = 0; i < pg_nrows(rows); i++) {
		name = pg_value(rows, i, 0);
		was = member(member(earlier, "others"), name);
		becomes = was != NULL ? json_get_text(was, "becomes") : NULL;
		if (becomes == NULL)
			becomes = decided(m, name);
		o = add_object(others, name);
		json_object_object_add(o, "rows",
		    json_object_new_int64(atoll(pg_value(rows, i, 1))));
		add_text(o, "becomes", becomes);
		if (!is_decided(becomes))
			json_object_array_add(faults,
			    json_object_new_string(arena_printf(m->arena,
				"%s has %s rows that nothing reads; write "
				"\"archive\" or \"skip because ...\" as "
				"\"becomes\"",
				name, pg_value(rows, i, 1))));
	}
	return true;
}

/* --- */

static void
add_blocker(struct json_object *plan, struct json_object *faults)
{
	struct json_object *o;

	if (json_object_array_length(faults) == 0)
		return;
	o = add_object(member(plan, "blockers"), "mapping");
	add_text(o, "about",
	    "Columns and tables of the source for which the plan has no place");
	json_object_object_add(o, "found",
	    json_object_new_int64((int64_t)json_object_array_length(faults)));
	json_share(o, "rows", faults);
}

bool
mapping_make(
    struct migration *m, struct json_object *plan, struct json_object *earlier)
{
	struct json_object *mapping = add_object(plan, "mapping");
	struct json_object *faults = json_object_new_array();
	bool there;
	int i;

	json_own(m->arena, faults);
	for (i = 0; i < m->journey->ntables; i++) {
		if (!migration_has_tables(
			m, m->journey->tables[i].name, &there) ||
		    (there &&
			!map_table(m, &m->journey->tables[i], mapping,
			    member(earlier, "mapping"))))
			return false;
	}
	if (!apply(m, plan, faults) || !add_others(m, plan, earlier, faults))
		return false;
	add_blocker(plan, faults);
	return true;
}

/*
 * Sets migration.columns, with which a rollback names the columns of the
 * source: {"public.users": {"auth_user_id": "supabase_id"}}.
 */
static bool
set_columns(struct migration *m, struct json_object *plan)
{
	struct json_object *mapping = member(plan, "mapping"), *all, *into;

	all = json_object_new_object();
	json_own(m->arena, all);
	if (mapping == NULL)
		return migration_set(m, "columns", "{}");
	json_object_object_foreach(mapping, table, entry)
	{
		into = add_object(all, table);
		if (member(entry, "columns") == NULL)
			continue;
		json_object_object_foreach(member(entry, "columns"), name, o)
		    add_text(into, name, json_get_text(o, "from"));
	}
	return migration_set(m, "columns", json_text(all));
}

bool
mapping_apply(struct migration *m, struct json_object *plan)
{
	struct json_object *faults = json_object_new_array();
	struct json_object *others = member(plan, "others");
	size_t i;

	json_own(m->arena, faults);
	if (m->source == NULL)
		return true;
	if (!set_columns(m, plan))
		return false;
	if (!apply(m, plan, faults))
		return false;
	for (i = 0; i < json_object_array_length(faults); i++)
		verdict_refuse(m, "%s: mapping: %s", m->path,
		    json_object_get_string(
			json_object_array_get_idx(faults, i)));
	if (others != NULL) {
		json_object_object_foreach(others, name, o)
		{
			if (!is_decided(json_get_text(o, "becomes")))
				verdict_refuse(m,
				    "%s: others: %s becomes neither "
				    "\"archive\" "
				    "nor \"skip because ...\"",
				    m->path, name);
		}
	}
	return !verdict_is_no_go(m);
}

/* --- The archive */

#define FETCH "10000" /* rows */

/*
 * Writes a table's rows as lines. Returns the number of rows, or -1 on an
 * error.
 */
static long long
write_rows(struct migration *m, FILE *f, const char *table)
{
	const struct pg_rows *rows;
	long long n = 0;
	int i;

	if (pg_ask(m->source, table,
		arena_printf(m->arena,
		    "DECLARE archive CURSOR FOR SELECT jsonb_build_object("
		    "'table', '%s', 'row', to_jsonb(t))::text FROM %s t",
		    table, table),
		0, NULL) == NULL)
		return -1;
	do {
		arena_reset(m->scratch);
		pg_answer_into(m->source, m->scratch);
		rows = pg_ask(
		    m->source, table, "FETCH " FETCH " FROM archive", 0, NULL);
		pg_answer_into(m->source, m->arena);
		for (i = 0; rows != NULL && i < pg_nrows(rows); i++)
			if (fprintf(f, "%s\n", pg_value(rows, i, 0)) < 0)
				rows = NULL;
		n += rows != NULL ? pg_nrows(rows) : 0;
	} while (rows != NULL && pg_nrows(rows) > 0);
	if (rows == NULL ||
	    pg_ask(m->source, table, "CLOSE archive", 0, NULL) == NULL)
		return -1;
	return n;
}

/*
 * Opens a file that only this user can read, because it contains personal data.
 */
static FILE *
open_private(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd != -1 ? fdopen(fd, "w") : NULL;
}

/*
 * Writes the tables in a member of the plan for which the choice is "archive".
 */
static bool
archive_tables(struct migration *m, struct json_object *tables,
    const char *path, FILE **f, long long *n)
{
	const char *becomes;
	long long one;

	if (tables == NULL)
		return true;
	json_object_object_foreach(tables, name, o)
	{
		becomes = json_get_text(o, "becomes");
		if (becomes == NULL || strncmp(becomes, "archive", 7) != 0)
			continue;
		if (*f == NULL && (*f = open_private(path)) == NULL)
			return false;
		if ((one = write_rows(m, *f, name)) < 0)
			return false;
		*n += one;
	}
	return true;
}

bool
mapping_archive(struct migration *m)
{
	const char *path = migration_file(m, ".archive.ndjson");
	long long n = 0;
	FILE *f = NULL;
	bool ok;

	ok = archive_tables(m, member(m->plan, "mapping"), path, &f, &n) &&
	    archive_tables(m, member(m->plan, "others"), path, &f, &n);
	if (f == NULL && ok)
		return true;
	if (f != NULL)
		ok = (fflush(f) == 0 && fsync(fileno(f)) == 0 && ok);
	if ((f != NULL && fclose(f) != 0) || !ok) {
		verdict_refuse(m, "cannot write %s", path);
		return false;
	}
	verdict_say(
	    m, "%s has %lld rows of tables that become \"archive\"", path, n);
	verdict_number(m, "archived", n);
	return true;
}
