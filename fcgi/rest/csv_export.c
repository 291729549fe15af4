/* Exports rows as CSV (RFC 4180). */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/file_columns.h"
#include "fcgi/rest/page.h"
#include "fcgi/rest/rows.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/db/db.h"
#include "lib/format/csv.h"
#include "lib/storage/file_url.h"

#define BOM "\xef\xbb\xbf" /* byte order mark, with which Excel reads UTF-8 */

/* A column in the file. */
struct cell {
	const struct column *column;
	const char *title;
	const char *resource; /* an additional required scope, or NULL */
};

struct csv_options {
	char delimiter;
	bool bom;
	bool safe; /* protect against CSV injection */
	struct cell *cells;
	size_t n;
};

static enum problem_code
read_switch(struct request *rq, const char *name, bool *on)
{
	const char *text = param_text(rq, name);

	if (!param_allowed(rq, name))
		return request_refuse(rq, "zero_or_one", name);
	if (text != NULL)
		*on = strcmp(text, "1") == 0;
	return PROBLEM_NONE;
}

static enum problem_code
read_delimiter(struct request *rq, char *delimiter)
{
	const char *text = param_text(rq, "delimiter");

	*delimiter = ',';
	if (text == NULL)
		return PROBLEM_NONE;
	if (strcmp(text, "tab") == 0)
		text = "\t";
	if (*text == '\0' || text[1] != '\0' || strchr(",;\t|", *text) == NULL)
		return request_refuse(rq, "delimiter", "delimiter");
	*delimiter = *text;
	return PROBLEM_NONE;
}

/*
 * Fills in a column's cell. Returns false if the file does not have the column.
 */
static bool
describe_cell(struct request *rq, const struct csv_export *csv,
    const struct column *c, struct cell *cell)
{
	const struct csv_export_column *s;

	*cell = (struct cell){ c, c->name, NULL };
	if ((c->flags & COLUMN_PICTURE) != 0)
		cell->title = arena_printf(rq->arena, "%s.src", c->name);
	for (s = csv != NULL ? csv->columns : NULL;
	     s != NULL && s->name != NULL; s++)
		if (strcmp(s->name, c->name) == 0) {
			cell->title = s->title;
			cell->resource = s->resource;
		}
	return cell->title != NULL;
}

/*
 * Returns true if the fields parameter contains the cell. Counts the matches.
 */
static bool
is_requested(struct json_object *fields, const struct cell *cell, size_t *found)
{
	const char *name;
	size_t i;

	if (fields == NULL)
		return true;
	for (i = 0; i < json_object_array_length(fields); i++) {
		name = value_scalar(json_object_array_get_idx(fields, i));
		if (name != NULL &&
		    (strcmp(name, cell->title) == 0 ||
			strcmp(name, cell->column->name) == 0)) {
			++*found;
			return true;
		}
	}
	return false;
}

/* Selects the columns, in the descriptor's order. */
static enum problem_code
choose_cells(struct request *rq, struct export *e, struct csv_options *csv)
{
	const struct column *c = e->resource->columns;
	struct json_object *fields;
	enum problem_code err;
	size_t n = 0, found = 0;
	struct buf names;

	err = param_json(rq, "fields", &fields);
	if (err != PROBLEM_NONE)
		return err;
	while (c[n].name != NULL)
		n++;
	csv->cells = arena_array(rq->arena, n, sizeof *csv->cells);
	buf_init(&names, rq->arena);
	for (; c->name != NULL; c++) {
		struct cell *cell = &csv->cells[csv->n];

		if (!describe_cell(rq, e->csv, c, cell) ||
		    !is_requested(fields, cell, &found))
			continue;
		buf_printf(&names, "%s\"%s\"", csv->n > 0 ? "," : "[", c->name);
		csv->n++;
	}
	if (csv->n == 0 ||
	    (fields != NULL && found < json_object_array_length(fields)))
		return request_refuse(rq, "not_a_file_column", "fields");
	buf_puts(&names, "]");
	e->fields = names.data;
	return PROBLEM_NONE;
}

/*
 * Requires the scopes of related resources, because some columns contain the
 * names of their rows.
 */
static void
require_scopes(
    struct request *rq, const struct export *e, const struct csv_options *csv)
{
	const struct resource *named;
	size_t i;

	for (i = 0; i < csv->n; i++) {
		if (csv->cells[i].resource == NULL)
			continue;
		named = resource_named(rq, csv->cells[i].resource);
		request_require_scope(rq, e->resource->name, "export",
		    rq->route->resource->admin_verbs & VERB_LIST);
		request_require_scope(
		    rq, named->name, "read", named->admin_verbs & VERB_LIST);
	}
}

static enum problem_code
begin_csv(struct request *rq, struct export *e)
{
	struct csv_options *csv = arena_alloc(rq->arena, sizeof *csv);
	enum problem_code err;

	csv->safe = true;
	if ((err = read_delimiter(rq, &csv->delimiter)) != PROBLEM_NONE ||
	    (err = read_switch(rq, "bom", &csv->bom)) != PROBLEM_NONE ||
	    (err = read_switch(rq, "safe", &csv->safe)) != PROBLEM_NONE ||
	    (err = choose_cells(rq, e, csv)) != PROBLEM_NONE)
		return err;
	require_scopes(rq, e, csv);
	e->own = csv;
	return PROBLEM_NONE;
}

static void
put_text(
    const struct csv_options *csv, struct buf *b, const char *text, size_t len)
{
	csv_put_text(b, csv->delimiter, csv->safe, text, len);
}

/* Writes the array "{1,2}" as 1;2. */
static void
put_numbers(
    const struct csv_options *csv, struct buf *b, const char *text, size_t len)
{
	char *list = arena_strndup(b->arena, text + 1, len - 2), *s;

	for (s = list; *s != '\0'; s++)
		if (*s == ',')
			*s = ';';
	put_text(csv, b, list, len - 2);
}

/* Writes a picture's URL. */
static void
put_picture(
    const struct csv_options *csv, struct buf *b, const char *text, size_t len)
{
	struct json_error error;
	struct json_object *picture = json_parse(b->arena, text, len, &error);
	const char *src =
	    picture != NULL ? json_get_text(picture, "src") : NULL;

	if (src != NULL)
		put_text(csv, b, src, strlen(src));
}

static void
put_cell(const struct csv_options *csv, struct buf *b, const struct column *c,
    const char *text, size_t len)
{
	if ((c->flags & COLUMN_PICTURE) != 0) {
		put_picture(csv, b, text, len);
		return;
	}
	switch (c->type) {
	case VALUE_BIGINT:
	case VALUE_SMALLINT:
	case VALUE_NUMERIC:
	case VALUE_BOOLEAN:
	case VALUE_TIMESTAMP:
		rows_value(b, c->type, text, len);
		break;
	case VALUE_BIGINTS:
		put_numbers(csv, b, text, len);
		break;
	default:
		put_text(csv, b, text, len);
	}
}

static void
write_row(struct request *rq, const struct export *e, const struct page *page,
    int row, struct buf *b)
{
	const struct csv_options *csv = e->own;
	const struct column *c;
	const char *text;
	size_t i, len;

	for (i = 0; i < csv->n; i++) {
		if (i > 0)
			buf_write(b, &csv->delimiter, 1);
		if ((text = db_text(page->rows, row, (int)i)) == NULL)
			continue;
		c = csv->cells[i].column;
		len = db_len(page->rows, row, (int)i);
		text = file_columns_is(c) ? file_url_absolute(b->arena, text,
						&len, rq->config->base_url)
					  : file_url_of_path(b->arena, text,
						&len, rq->config->base_url);
		put_cell(csv, b, c, text, len);
	}
	buf_puts(b, "\r\n");
}

static void
write_titles(const struct export *e, struct buf *b)
{
	const struct csv_options *csv = e->own;
	size_t i;

	if (csv->bom)
		buf_puts(b, BOM);
	for (i = 0; i < csv->n; i++) {
		if (i > 0)
			buf_write(b, &csv->delimiter, 1);
		buf_puts(b, csv->cells[i].title);
	}
	buf_puts(b, "\r\n");
}

const struct export_format export_csv = {
	.name = "csv",
	.type = "text/csv; charset=utf-8; header=present",
	.extension = "csv",
	.csv = true,
	.begin = begin_csv,
	.head = write_titles,
	.row = write_row,
};
