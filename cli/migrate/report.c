/* The go/no-go report, and the list of rejected rows. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "cli/base/script.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/report.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

static void
escape_html(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '<')
			buf_puts(b, "&lt;");
		else if (*text == '&')
			buf_puts(b, "&amp;");
		else
			buf_write(b, text, 1);
}

/* Prints the rows that a verdict names, one per line. */
static void
add_named_rows(struct buf *b, struct json_object *verdict)
{
	bool present;
	struct json_object *rows = json_get(verdict, "rows", &present);
	size_t i, n = present ? json_object_array_length(rows) : 0;

	for (i = 0; i < n; i++) {
		buf_puts(b, "<br>");
		escape_html(b,
		    json_object_get_string(json_object_array_get_idx(rows, i)));
	}
}

static bool
is_go(struct json_object *verdict)
{
	return json_get_bool(verdict, "go", false);
}

static const char *
html(struct migration *m, struct json_object *verdicts, const char *head,
    const char *sum)
{
	struct json_object *v;
	struct buf b;
	size_t i;

	buf_init(&b, m->arena);
	buf_puts(&b,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<title>Migration report</title><style>"
	    "body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;"
	    "padding:0 1em}table{border-collapse:collapse}"
	    "td,th{border:1px solid #888;padding:.3em .6em;text-align:left;"
	    "vertical-align:top}.no{background:#fdd}</style></head><body><h1>");
	escape_html(&b, head);
	buf_puts(&b,
	    "</h1><table><thead><tr><th>Rule</th><th>Verdict</th>"
	    "<th>Meaning</th><th>Found</th></tr></thead><tbody>");
	for (i = 0; i < json_object_array_length(verdicts); i++) {
		v = json_object_array_get_idx(verdicts, i);
		buf_printf(&b, "<tr%s><td>", is_go(v) ? "" : " class=\"no\"");
		escape_html(&b, json_get_text(v, "rule"));
		buf_printf(
		    &b, "</td><td>%s</td><td>", is_go(v) ? "go" : "NO-GO");
		escape_html(&b, json_get_text(v, "title"));
		buf_puts(&b, "</td><td>");
		escape_html(&b, json_get_text(v, "detail"));
		add_named_rows(&b, v);
		buf_puts(&b, "</td></tr>\n");
	}
	buf_printf(&b,
	    "</tbody></table><p>SHA-256 of the report in JSON: <code>%s</code>"
	    "</p></body></html>\n",
	    sum);
	return b.data;
}

static bool
keep(struct migration *m, bool go, const char *sum, const char *text)
{
	return pg_ask(m->target, "the report",
		   "INSERT INTO ops.migration_report (migration_id, go, sum,"
		   " report) VALUES ($1, $2::boolean, $3, $4)",
		   4,
		   (const char *const[]){ m->id, go ? "t" : "f", sum, text }) !=
	    NULL;
}

bool
report_make(struct migration *m, struct json_object *verdicts, bool *go)
{
	struct json_object *report = json_object_new_object(), *v;
	const char *text, *sum, *head;
	size_t i, n = json_object_array_length(verdicts), no = 0;

	json_own(m->arena, report);
	for (i = 0; i < n; i++) {
		v = json_object_array_get_idx(verdicts, i);
		if (is_go(v))
			continue;
		no++;
		verdict_refuse(m, "%s: %s: %s", json_get_text(v, "rule"),
		    json_get_text(v, "title"), json_get_text(v, "detail"));
	}
	*go = no == 0;
	json_object_object_add(
	    report, "journey", json_object_new_string(m->journey->name));
	json_object_object_add(
	    report, "version", json_object_new_string(m->journey->version));
	json_object_object_add(
	    report, "migration", json_object_new_string(m->id));
	json_object_object_add(
	    report, "plan", json_object_new_string(m->plan_sum));
	json_object_object_add(report, "go", json_object_new_boolean(*go));
	json_share(report, "verdicts", verdicts);
	text = arena_printf(m->arena, "%s\n", json_text(report));
	sum = script_sum(m->arena, text);
	head = arena_printf(
	    m->arena, "%s: %s", m->journey->name, *go ? "go" : "NO-GO");
	verdict_say(m, "%s: %zu of %zu rules hold; the report is %s",
	    *go ? "go" : "NO-GO", n - no, n, migration_file(m, ".report.html"));
	verdict_text(m, "report", migration_file(m, ".report.json"));
	return keep(m, *go, sum, text) &&
	    migration_write(
		migration_file(m, ".report.json"), text, m->arena) &&
	    migration_write(migration_file(m, ".report.html"),
		html(m, verdicts, head, sum), m->arena);
}

long
report_warnings(struct migration *m, struct json_object *verdicts)
{
	const struct pg_rows *rows = pg_ask(m->target, "the steps",
	    "SELECT coalesce(sum(read), 0) FROM ops.migration_step WHERE"
	    " migration_id = $1",
	    1, &m->id);
	long long read, n = 0;
	bool present;
	size_t i;

	if (rows == NULL)
		return -1;
	read = atoll(pg_value(rows, 0, 0));
	for (i = 0; i < json_object_array_length(verdicts); i++)
		n += json_object_get_int64(
		    json_get(json_object_array_get_idx(verdicts, i), "warnings",
			&present));
	return read > 0 ? (long)((n * 1000 + read - 1) / read) : 0;
}

static void
add_field(struct buf *b, const char *text, const char *end)
{
	buf_puts(b, "\"");
	for (; *text != '\0'; text++)
		buf_printf(b, "%s%c", *text == '"' ? "\"" : "", *text);
	buf_printf(b, "\"%s", end);
}

bool
report_rejects(struct migration *m)
{
	const struct pg_rows *rows = pg_ask(m->target, "the rejected rows",
	    "SELECT s.name, r.source_key, r.reason, r.data FROM"
	    " ops.migration_reject r JOIN ops.migration_step s USING"
	    " (migration_id, step) WHERE migration_id = $1 ORDER BY step,"
	    " source_key",
	    1, &m->id);
	const char *path = migration_file(m, ".rejects.csv");
	struct buf b;
	int i, n;

	if (rows == NULL)
		return false;
	buf_init(&b, m->arena);
	buf_puts(&b, "step,key,reason,row\r\n");
	n = pg_nrows(rows);
	for (i = 0; i < n; i++) {
		add_field(&b, pg_value(rows, i, 0), ",");
		add_field(&b, pg_value(rows, i, 1), ",");
		add_field(&b, pg_value(rows, i, 2), ",");
		add_field(&b, pg_value(rows, i, 3), "\r\n");
	}
	if (n > 0)
		verdict_say(m,
		    "%d rows are rejected; %s has them with the reasons", n,
		    path);
	return migration_write(path, b.data, m->arena);
}
