/* Checksums of tables, for detecting changes. */
#include <err.h>
#include <json-c/json.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/migrate/fingerprint.h"
#include "cli/migrate/migration.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"

/* The part of a table that is compared. */
enum scope {
	SCOPE_COLUMNS, /* only the columns, since the rows change during use */
	SCOPE_ROWS,
	/*
	 * Rows without the time of the last change. A trigger sets this time
	 * even when a change is undone.
	 */
	SCOPE_UNTIMED_ROWS,
};

/*
 * Selects the number of rows, and a checksum that does not depend on row order.
 */
static const struct pg_rows *
sum_rows(
    struct migration *m, struct pg *pg, const char *table, enum scope scope)
{
	const char *row = "t";

	if (scope == SCOPE_UNTIMED_ROWS) {
		const struct pg_rows *rows = pg_ask(pg, table,
		    "SELECT format('ROW(%s)', string_agg(format('t.%I',"
		    " a.attname), ',' ORDER BY a.attnum)) FROM pg_attribute a"
		    " WHERE a.attrelid = $1::regclass AND a.attnum > 0"
		    " AND NOT a.attisdropped AND (a.attname <> 'updated_at'"
		    " OR NOT EXISTS (SELECT FROM"
		    " ops.declared_triggers(a.attrelid) g WHERE g.name = "
		    "'touch'))",
		    1, &table);

		if (rows == NULL)
			return NULL;
		row = arena_strdup(m->arena, pg_value(rows, 0, 0));
	}
	return pg_ask(pg, table,
	    arena_printf(m->arena,
		"SELECT count(*), coalesce(sum("
		"hashtextextended((%s)::text, 0)::numeric), 0) FROM %s t",
		row, table),
	    0, NULL);
}

/* Adds a table's rows with their checksum, and then its columns. */
static bool
add_table(struct migration *m, struct pg *pg, struct json_object *object,
    const char *table, enum scope scope)
{
	const struct pg_rows *rows;
	const char *columns;

	rows = pg_ask(pg, table,
	    "SELECT md5(string_agg(a.attname || ' ' || format_type(a.atttypid,"
	    " a.atttypmod), ',' ORDER BY a.attnum)) FROM pg_attribute a WHERE"
	    " a.attrelid = $1::regclass AND a.attnum > 0 AND NOT attisdropped",
	    1, &table);
	if (rows == NULL)
		return false;
	columns = arena_strdup(m->arena, pg_value(rows, 0, 0));
	if (scope == SCOPE_COLUMNS) {
		json_object_object_add(object, table,
		    json_object_new_string(
			arena_printf(m->arena, "columns %s", columns)));
		return true;
	}
	if ((rows = sum_rows(m, pg, table, scope)) == NULL)
		return false;
	json_object_object_add(object, table,
	    json_object_new_string(arena_printf(m->arena, "%s rows %s %s",
		pg_value(rows, 0, 0), pg_value(rows, 0, 1), columns)));
	return true;
}

struct json_object *
fingerprint_source(struct migration *m)
{
	struct json_object *object = json_object_new_object();
	const struct pg_rows *rows;
	const char *names, *name;
	char *end;
	int i;

	json_own(m->arena, object);
	for (i = 0; i < m->journey->steps.n; i++) {
		names = journey_header(&m->journey->steps.all[i], "source");
		while ((name = journey_word(m->arena, &names)) != NULL) {
			if ((end = strchr(name, '?')) != NULL)
				*end = '\0';
			if (json_object_object_get_ex(object, name, NULL))
				continue;
			rows = pg_ask(m->source, name,
			    "SELECT to_regclass($1) IS NOT NULL", 1, &name);
			if (rows == NULL)
				return NULL;
			if (strcmp(pg_value(rows, 0, 0), "t") == 0 &&
			    !add_table(m, m->source, object, name,
				m->journey->within ? SCOPE_COLUMNS
						   : SCOPE_ROWS))
				return NULL;
		}
	}
	return object;
}

struct json_object *
fingerprint_target(struct migration *m)
{
	struct json_object *object = json_object_new_object();
	const struct pg_rows *rows;
	int i;

	json_own(m->arena, object);
	rows = pg_ask(m->reader, "the target",
	    "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r'"
	    " AND c.relnamespace::regnamespace::text IN ('crm', 'factory_app',"
	    " 'identity', 'ops', 'membership') AND c.oid::regclass::text !~"
	    " '^ops[.](migration|audit_|schema_|backup|job_log|periodic)'"
	    " AND c.oid::regclass::text <> 'identity.event' ORDER BY 1",
	    0, NULL);
	if (rows == NULL)
		return NULL;
	for (i = 0; i < pg_nrows(rows); i++)
		if (!add_table(m, m->reader, object, pg_value(rows, i, 0),
			SCOPE_UNTIMED_ROWS))
			return NULL;
	return object;
}

const char *
fingerprint_sum(struct arena *a, struct json_object *object)
{
	return script_sum(a, json_text(object));
}

/* Shortens "22 rows 123 abc" to "22 rows". */
static int
shown(const char *text)
{
	const char *rows = strstr(text, " rows");

	return rows != NULL ? (int)(rows + 5 - text) : (int)strlen(text);
}

int
fingerprint_compare(
    struct json_object *before, struct json_object *after, const char *when)
{
	const char *was, *is;
	int n = 0;

	json_object_object_foreach(before, table, value)
	{
		was = json_object_get_string(value);
		is = json_get_text(after, table);
		if (is == NULL)
			warnx("%s is missing; %s it had %.*s", table, when,
			    shown(was), was);
		else if (strcmp(was, is) != 0)
			warnx("%s has changed: %.*s now, %.*s %s", table,
			    shown(is), is, shown(was), was, when);
		n += is == NULL || strcmp(was, is) != 0;
	}
	json_object_object_foreach(after, other, unused)
	{
		(void)unused;
		if (json_get_text(before, other) == NULL) {
			warnx("%s is new", other);
			n++;
		}
	}
	return n;
}
