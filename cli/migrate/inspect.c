/*
 * Shows the contents of a source: its tables, and the findings of a journey's
 * checks.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/base/terminal_text.h"
#include "cli/migrate/declared.h"
#include "cli/migrate/inspect.h"
#include "cli/migrate/migration.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"

/* The columns of journeys/inspect.sql. */
enum {
	SCHEMA_NAME,
	TABLE_NAME,
	ROWS,
	SIZE,
	KEY,
	FOREIGN_KEYS,
	TRIGGERS,
	POLICIES,
	AS_JSON,
};

static const char *
shown(struct migration *m, const struct pg_rows *rows, int i, int column)
{
	return terminal_text(m->arena, pg_value(rows, i, column));
}

/* Prints a line about a table, unless the line would be empty. */
static void
print_part(struct migration *m, const struct pg_rows *rows, int i, int column,
    const char *title)
{
	const char *text = pg_value(rows, i, column);

	if (text != NULL && *text != '\0')
		printf("      %s: %s\n", title, terminal_text(m->arena, text));
}

/* Prints the foreign keys, one per line. */
static void
print_references(struct migration *m, const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		printf("      %s\n",
		    terminal_text(
			m->arena, arena_strndup(m->arena, text, len)));
	}
}

static void
print_tables(struct migration *m, const struct pg_rows *rows)
{
	const char *schema = "";
	int i;

	for (i = 0; i < pg_nrows(rows); i++) {
		if (strcmp(schema, pg_value(rows, i, SCHEMA_NAME)) != 0) {
			schema = pg_value(rows, i, SCHEMA_NAME);
			printf("%sschema %s\n", i > 0 ? "\n" : "",
			    terminal_text(m->arena, schema));
		}
		printf("  %-32s %10s rows %10s  key: %s\n",
		    shown(m, rows, i, TABLE_NAME), shown(m, rows, i, ROWS),
		    shown(m, rows, i, SIZE), shown(m, rows, i, KEY));
		print_references(m, pg_value(rows, i, FOREIGN_KEYS));
		print_part(m, rows, i, TRIGGERS, "triggers");
		print_part(m, rows, i, POLICIES, "policies");
	}
}

static struct json_object *
tables_json(struct migration *m, const struct pg_rows *rows)
{
	struct json_object *list = json_object_new_array(), *table;
	struct json_error error;
	const char *text;
	int i;

	for (i = 0; i < pg_nrows(rows); i++) {
		text = pg_value(rows, i, AS_JSON);
		table = json_parse(m->arena, text, strlen(text), &error);
		json_object_array_add(list, json_object_get(table));
	}
	return list;
}

static void
print_findings(struct migration *m, const struct journey_file *check,
    const struct pg_rows *rows)
{
	int i;

	printf("\n%s\n", check->title);
	for (i = 0; i < pg_nrows(rows); i++)
		printf(
		    "  %s: %s\n", shown(m, rows, i, 0), shown(m, rows, i, 1));
}

static struct json_object *
findings_json(const struct journey_file *check, const struct pg_rows *rows)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array(), *row;
	int i;

	json_object_object_add(
	    o, "about", json_object_new_string(check->title));
	for (i = 0; i < pg_nrows(rows); i++) {
		row = json_object_new_object();
		json_object_object_add(
		    row, "key", json_object_new_string(pg_value(rows, i, 0)));
		json_object_object_add(
		    row, "text", json_object_new_string(pg_value(rows, i, 1)));
		json_object_array_add(list, row);
	}
	json_object_object_add(o, "rows", list);
	return o;
}

/* Prints or adds a check's findings, if it has any. */
static bool
inspect_check(struct migration *m, const struct journey_file *check,
    struct json_object *findings)
{
	const struct pg_rows *rows;
	bool there;

	if (!migration_has_tables(m, journey_header(check, "needs"), &there))
		return false;
	if (!there)
		return true;
	rows = pg_ask(
	    m->source, check->path, check->sections[SECTION_BODY], 0, NULL);
	if (rows == NULL)
		return false;
	if (pg_nrows(rows) == 0)
		return true;
	if (findings != NULL)
		json_object_object_add(
		    findings, check->name, findings_json(check, rows));
	else
		print_findings(m, check, rows);
	return true;
}

bool
inspect_print(
    struct migration *m, const char *dir, const char *application, bool json)
{
	const char *path =
	    arena_printf(m->arena, "%s/journeys/inspect.sql", dir);
	const char *sql = script_read(m->arena, path);
	struct json_object *o = json_object_new_object(), *findings = NULL;
	const struct journey_files *checks = &m->journey->checks;
	const struct pg_rows *rows;
	int i;

	json_own(m->arena, o);
	if (sql == NULL ||
	    (rows = pg_ask(m->source, path, sql, 0, NULL)) == NULL)
		return false;
	if (json) {
		json_object_object_add(o, "tables", tables_json(m, rows));
		findings = json_object_new_object();
		json_object_object_add(o, "findings", findings);
	} else
		print_tables(m, rows);
	for (i = 0; i < checks->n; i++)
		if (journey_header(&checks->all[i], "inspect") != NULL &&
		    !inspect_check(m, &checks->all[i], findings))
			return false;
	if (application != NULL &&
	    !declared_compare(m, dir, application, findings))
		return false;
	if (json)
		puts(json_text(o));
	else if (application == NULL && !m->journey->within)
		puts("\nNothing was compared with what the application "
		     "declares: "
		     "name the folder of its migrations with --application.");
	return true;
}
