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
#define EMPTY  "not read: it has no values"
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

static bool
is_archived(const char *becomes)
{
	return becomes != NULL && strncmp(becomes, "archive", 7) == 0;
}

/* --- Columns of a table that no query reads by name: "NAME: archive" */

/* Returns what an element of "rest" says of the column, or NULL. */
static const char *
rest_text(struct json_object *rest, size_t i, const char *name)
{
	const char *text =
	    json_object_get_string(json_object_array_get_idx(rest, i));
	size_t len = strlen(name);

	return text != NULL && strncmp(text, name, len) == 0 &&
		strncmp(text + len, ": ", 2) == 0
	    ? text + len + 2
	    : NULL;
}

/* Returns what the earlier plan says of the column, or NULL. */
static const char *
rest_earlier(struct json_object *was, const char *name)
{
	bool present;
	struct json_object *rest =
	    was != NULL ? json_get(was, "rest", &present) : NULL;
	const char *text;
	size_t i;

	if (!json_object_is_type(rest, json_type_array))
		return NULL;
	for (i = 0; i < json_object_array_length(rest); i++)
		if ((text = rest_text(rest, i, name)) != NULL)
			return text;
	return NULL;
}

/* Returns the column names that "from" names, as an array of Postgres. */
static const char *
used_columns(struct migration *m, struct json_object *columns)
{
	struct json_object *used = json_object_new_array();

	json_own(m->arena, used);
	json_object_object_foreach(columns, name, o)
	{
		(void)name;
		if (json_get_text(o, "from") != NULL)
			json_object_array_add(used,
			    json_object_new_string(json_get_text(o, "from")));
	}
	return json_text(used);
}

/*
 * Lists the columns that no query reads by name. Those with values become
 * "archive", unless the journey or a person has a reason to omit them.
 */
static bool
add_rest(struct migration *m, const struct journey_table *t,
    struct json_object *columns, struct json_object *into,
    struct json_object *was)
{
	struct json_object *rest = json_object_new_array();
	const struct pg_rows *rows, *filled;
	const char *name, *text;
	int i;

	json_object_object_add(into, "rest", rest);
	rows = pg_ask(m->source, t->name,
	    "SELECT a.attname, format('SELECT EXISTS (SELECT FROM %s WHERE %I"
	    " IS NOT NULL)', $1::text, a.attname) FROM pg_attribute a WHERE"
	    " a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT"
	    " a.attisdropped AND NOT a.attname = ANY (SELECT"
	    " jsonb_array_elements_text($2::jsonb)) ORDER BY a.attnum",
	    2, (const char *const[]){ t->name, used_columns(m, columns) });
	for (i = 0; rows != NULL && i < pg_nrows(rows); i++) {
		name = pg_value(rows, i, 0);
		text = rest_earlier(was, name);
		if (!is_decided(text) && (text = t->rest) == NULL) {
			filled = pg_ask(
			    m->source, t->name, pg_value(rows, i, 1), 0, NULL);
			if (filled == NULL)
				return false;
			text = strcmp(pg_value(filled, 0, 0), "t") == 0
			    ? "archive"
			    : EMPTY;
		}
		json_object_array_add(rest,
		    json_object_new_string(
			arena_printf(m->arena, "%s: %s", name, text)));
	}
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
	return add_rest(m, t, columns, o, was);
}

/* --- Applying */

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

/*
 * Lists the tables that have rows but that no step reads, in all schemas except
 * those of the platform. The rows of a table that inherits from another one are
 * its own.
 */
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
	    " FROM %s %s', CASE c.relkind WHEN 'r' THEN 'ONLY' END,"
	    " c.oid::regclass), false, true, '')))[1]::text::bigint AS n FROM"
	    " pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE"
	    " (s.nspname = $1 OR s.nspname !~ '^(pg_|information_schema$)' AND"
	    " NOT s.nspname = ANY (string_to_array(coalesce($3, ''), ' ')))"
	    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND"
	    " has_schema_privilege(s.oid, 'USAGE') AND"
	    " has_table_privilege(c.oid, 'SELECT') AND NOT EXISTS (SELECT FROM"
	    " pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid ="
	    " c.oid AND d.deptype = 'e')) x WHERE x.n > 0 AND NOT x.name = ANY"
	    " (string_to_array($2, ' ')) ORDER BY x.name",
	    3,
	    (const char *const[]){
		m->journey->application, read.data, m->journey->platform });
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

/* Returns true for a decision about a column, or what the journey says of it. */
static bool
is_rest(struct migration *m, const char *text)
{
	int i;

	for (i = 0; i < m->journey->ntables; i++)
		if (m->journey->tables[i].rest != NULL &&
		    strcmp(m->journey->tables[i].rest, text) == 0)
			return true;
	return is_decided(text) || strcmp(text, EMPTY) == 0;
}

/* Refuses a column in "rest" whose text is no decision. */
static void
check_rest(struct migration *m, struct json_object *mapping)
{
	struct json_object *rest;
	const char *text, *colon;
	bool present;
	size_t i;

	if (mapping == NULL)
		return;
	json_object_object_foreach(mapping, table, entry)
	{
		rest = json_get(entry, "rest", &present);
		for (i = 0; json_object_is_type(rest, json_type_array) &&
		     i < json_object_array_length(rest);
		     i++) {
			text = json_object_get_string(
			    json_object_array_get_idx(rest, i));
			colon = text != NULL ? strstr(text, ": ") : NULL;
			if (colon == NULL || !is_rest(m, colon + 2))
				verdict_refuse(m,
				    "%s: mapping: %s: \"%s\" says neither "
				    "\"archive\" nor \"skip because ...\"",
				    m->path, table, text != NULL ? text : "");
		}
	}
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
	check_rest(m, member(plan, "mapping"));
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
write_rows(struct migration *m, FILE *f, const char *table, const char *query)
{
	const struct pg_rows *rows;
	long long n = 0;
	int i;

	if (query == NULL ||
	    pg_ask(m->source, table,
		arena_printf(m->arena, "DECLARE archive CURSOR FOR %s", query),
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

/* Returns the query for all rows of a table, or NULL on an error. */
static const char *
whole_rows(struct migration *m, const char *table)
{
	const struct pg_rows *rows = pg_ask(m->source, table,
	    "SELECT format('SELECT jsonb_build_object(''table'', %L, ''row'',"
	    " to_jsonb(t))::text FROM %s %s t', $1::text, CASE c.relkind WHEN"
	    " 'r' THEN 'ONLY' END, $1::text) FROM pg_class c WHERE c.oid ="
	    " $1::text::regclass",
	    1, &table);

	return rows != NULL && pg_nrows(rows) > 0 ? pg_value(rows, 0, 0) : NULL;
}

/* Returns the names of the columns in "rest" that become "archive". */
static struct json_object *
archived_columns(struct migration *m, struct json_object *entry)
{
	bool present;
	struct json_object *rest = json_get(entry, "rest", &present);
	struct json_object *names = json_object_new_array();
	const char *text, *colon;
	size_t i;

	json_own(m->arena, names);
	for (i = 0; json_object_is_type(rest, json_type_array) &&
	     i < json_object_array_length(rest);
	     i++) {
		text =
		    json_object_get_string(json_object_array_get_idx(rest, i));
		colon = text != NULL ? strstr(text, ": ") : NULL;
		if (colon != NULL && is_archived(colon + 2))
			json_object_array_add(names,
			    json_object_new_string_len(
				text, (int)(colon - text)));
	}
	return names;
}

/*
 * Returns the query for the key and some columns of the rows of a table with
 * values in these columns, or NULL on an error. Without a primary key, all
 * columns are selected.
 */
static const char *
some_columns(struct migration *m, const char *table, struct json_object *names)
{
	const struct pg_rows *rows = pg_ask(m->source, table,
	    "SELECT format('SELECT jsonb_build_object(''table'', %L, ''row'',"
	    " (SELECT jsonb_object_agg(e.key, e.value) FROM"
	    " jsonb_each(to_jsonb(t)) e WHERE e.key = ANY (%L)))::text FROM %s"
	    " t WHERE %s', $1::text, array_agg(a.attname::text) FILTER (WHERE"
	    " x.wanted OR coalesce(a.attnum = ANY (i.indkey), true)),"
	    " $1::text, string_agg(format('t.%I IS NOT NULL', a.attname),"
	    " ' OR ') FILTER (WHERE x.wanted)) FROM pg_attribute a LEFT JOIN"
	    " pg_index i ON i.indrelid = a.attrelid AND i.indisprimary,"
	    " LATERAL (SELECT $2::jsonb ? a.attname::text AS wanted) x WHERE"
	    " a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT"
	    " a.attisdropped",
	    2, (const char *const[]){ table, json_text(names) });

	return rows != NULL ? pg_value(rows, 0, 0) : NULL;
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

/* The archive that a run writes. */
struct archive {
	const char *path;
	FILE *file;        /* NULL before the first row */
	long long rows;    /* of tables that become "archive" */
	long long columns; /* rows with columns that become "archive" */
};

/* Writes a table that becomes "archive", or those of its columns. */
static bool
archive_table(struct migration *m, struct archive *to, const char *table,
    struct json_object *o)
{
	bool whole = is_archived(json_get_text(o, "becomes"));
	struct json_object *names = archived_columns(m, o);
	const char *becomes = json_get_text(o, "becomes");
	long long n;

	if (!whole &&
	    (becomes == NULL || strcmp(becomes, IMPORT) != 0 ||
		json_object_array_length(names) == 0))
		return true;
	if (to->file == NULL && (to->file = open_private(to->path)) == NULL)
		return false;
	n = write_rows(m, to->file, table,
	    whole ? whole_rows(m, table) : some_columns(m, table, names));
	if (n < 0)
		return false;
	*(whole ? &to->rows : &to->columns) += n;
	return true;
}

static bool
archive_tables(
    struct migration *m, struct archive *to, struct json_object *tables)
{
	if (tables == NULL)
		return true;
	json_object_object_foreach(tables, name, o)
	{
		if (!archive_table(m, to, name, o))
			return false;
	}
	return true;
}

bool
mapping_archive(struct migration *m)
{
	struct archive to = { .path = migration_file(m, ".archive.ndjson") };
	bool ok;

	ok = archive_tables(m, &to, member(m->plan, "mapping")) &&
	    archive_tables(m, &to, member(m->plan, "others"));
	if (to.file == NULL && ok)
		return true;
	if (to.file != NULL)
		ok =
		    (fflush(to.file) == 0 && fsync(fileno(to.file)) == 0 && ok);
	if ((to.file != NULL && fclose(to.file) != 0) || !ok) {
		verdict_refuse(m, "cannot write %s", to.path);
		return false;
	}
	if (to.rows > 0)
		verdict_say(m,
		    "%s has %lld rows of tables that become \"archive\"",
		    to.path, to.rows);
	if (to.columns > 0)
		verdict_say(m,
		    "%s has the columns of %lld rows that become \"archive\"",
		    to.path, to.columns);
	verdict_number(m, "archived", to.rows + to.columns);
	return true;
}
