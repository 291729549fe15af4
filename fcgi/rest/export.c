/* Exports all rows of a list, page by page. */

#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "fcgi/rest/cursor.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/page.h"
#include "fcgi/rest/rows.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/storage/file_url.h"

#define PAGE_ROWS 1000
#define PIECE     65536 /* maximum number of bytes per write */

/*
 * Appends the additional columns that follow the column "after". If "after" is
 * NULL, appends those that follow all columns.
 */
static struct column *
add_columns(const struct resource *r, struct column *to, const char *after)
{
	const struct csv_export_column *c;

	for (c = r->csv->columns; c->name != NULL; c++)
		if (resource_column(r, c->name) == NULL &&
		    (after == NULL || c->after == NULL
			    ? after == c->after
			    : strcmp(after, c->after) == 0))
			*to++ =
			    (struct column){ .name = c->name, .type = c->type };
	return to;
}

/* Returns a copy of the resource with its file's view and columns. */
static const struct resource *
file_resource(struct arena *a, const struct resource *r)
{
	struct resource *file = arena_alloc(a, sizeof *file);
	const struct csv_export_column *e = r->csv->columns;
	const struct column *c = r->columns;
	struct column *columns, *to;

	while (c->name != NULL)
		c++;
	while (e->name != NULL)
		e++;
	to = columns = arena_array(a,
	    (size_t)(c - r->columns) + (size_t)(e - r->csv->columns) + 1,
	    sizeof *columns);
	for (c = r->columns; c->name != NULL; c++) {
		*to++ = *c;
		to = add_columns(r, to, c->name);
	}
	to = add_columns(r, to, NULL);
	to->name = NULL;
	*file = *r;
	file->view = r->csv->view;
	file->narrow = NULL;
	file->verbs = VERB_LIST;
	file->columns = columns;
	return file;
}

/* The parameters that apply only to some formats. */
static const struct {
	const char *name, *formats;
} limited[] = {
	{ "bom", "format=csv" },
	{ "delimiter", "format=csv" },
	{ "embed", "format=ndjson" },
	{ "fields", "format=csv or format=ndjson" },
	{ "safe", "format=csv" },
	{ "version", "format=vcard" },
};

/* Refuses a parameter that does not apply to the format. */
static enum problem_code
check_params(struct request *rq, const struct export_format *format)
{
	const char *is = arena_printf(rq->arena, "format=%s", format->name);
	size_t i;

	for (i = 0; i < sizeof limited / sizeof limited[0]; i++)
		if (param_text(rq, limited[i].name) != NULL &&
		    strstr(limited[i].formats, is) == NULL)
			return request_refuse(rq, "param_of_format",
			    limited[i].name, limited[i].formats);
	return PROBLEM_NONE;
}

static enum problem_code
read_format(struct request *rq, struct export *e)
{
	const struct resource *r = rq->route->resource;
	const struct export_format *const formats[] = { &export_csv,
		&export_ndjson, r->format };
	enum problem_code err;
	const char *name = param_text(rq, "format");
	size_t i, n = sizeof formats / sizeof *formats;

	if (name == NULL)
		name = export_csv.name;
	for (i = 0; i < n; i++)
		if (formats[i] != NULL && strcmp(formats[i]->name, name) == 0)
			e->format = formats[i];
	if (e->format == NULL)
		return request_refuse(rq, "not_exported", "format", r->name);
	if ((err = check_params(rq, e->format)) != PROBLEM_NONE)
		return err;
	e->resource = r;
	if (!e->format->csv)
		return PROBLEM_NONE;
	if ((err = custom_fields_read(rq)) != PROBLEM_NONE)
		return err;
	e->resource = custom_fields_spread(rq, rq->route->resource);
	if (r->csv != NULL) {
		e->csv = r->csv;
		e->resource = file_resource(rq->arena, e->resource);
	}
	return PROBLEM_NONE;
}

/* Inserts the page's parameters before those of the request. */
static void
put_params(struct request *rq, const struct export *e)
{
	struct param *params =
	    arena_array(rq->arena, rq->nparams + 4, sizeof *params);
	size_t n = 0;

	params[n++] = (struct param){ "range",
		arena_printf(rq->arena, "[0,%ld]", e->rows - 1) };
	params[n++] = (struct param){ "after", e->cursor.data };
	params[n++] = (struct param){ "count", "none" };
	if (e->fields != NULL)
		params[n++] = (struct param){ "fields", e->fields };
	memcpy(params + n, rq->params, rq->nparams * sizeof *params);
	rq->params = params;
	rq->nparams += n;
}

/*
 * Reads the page after the cursor into an arena. Each page has a separate
 * transaction, which verifies the session again. If the result is too large,
 * the next pages have fewer rows.
 */
static enum problem_code
read_page(
    struct request *rq, struct arena *a, struct export *e, struct page *page)
{
	struct request piece;
	enum problem_code err;

	for (;;) {
		piece = *rq;
		piece.arena = a;
		piece.route = e->route;
		put_params(&piece, e);
		if ((err = page_query(&piece, page)) == PROBLEM_NONE)
			err = session_read(&piece, page->steps, page->nsteps);
		rq->authorized = rq->authorized || piece.authorized;
		rq->key_counted = piece.key_counted;
		request_take_unit(rq, &piece);
		rq->session_slid = rq->session_slid || piece.session_slid;
		if (err != PROBLEM_RESULT_TOO_LARGE || e->rows == 1)
			break;
		e->rows = e->rows / 8 + 1;
	}
	rq->problem = piece.problem;
	return err;
}

/*
 * Sets the cursor of the next page. Returns false if this page is the last one.
 */
static bool
next_cursor(struct request *rq, struct export *e, const struct page *page)
{
	long last = page->last - page->first;
	struct request piece = *rq;
	struct cursor end;

	if (db_rows(page->rows) <= last + 1)
		return false;
	piece.route = e->route;
	end.value = db_text(page->rows, (int)last, (int)page->sort_at);
	end.id = db_text(page->rows, (int)last, (int)page->id_at);
	e->cursor.len = 0;
	buf_puts(&e->cursor, cursor_write(&piece, &page->sort, &end));
	return true;
}

/* Writes rows, each in a separate arena. b collects small rows. */
static bool
write_rows(struct request *rq, struct export *e, const struct page *page,
    struct stream *s, struct buf *b)
{
	long n = db_rows(page->rows), most = page->last - page->first + 1;
	struct request one = *rq;
	struct buf text;
	int row;

	for (row = 0; row < n && row < most; row++) {
		one.arena = stream_row(s);
		buf_init(&text, one.arena);
		e->format->row(&one, e, page, row, &text);
		if (b->len + text.len > PIECE) {
			if (!stream_write(s, b->data, b->len))
				return false;
			b->len = 0;
		}
		if (text.len <= PIECE)
			buf_write(b, text.data, text.len);
		else if (!stream_write(s, text.data, text.len))
			return false;
	}
	return stream_write(s, b->data, b->len);
}

/* Writes page after page. Each page frees the memory of the previous page. */
static bool
write_pages(struct request *rq, const struct response *rs, struct stream *s)
{
	struct export *e = (struct export *)rs->stream_from;
	struct request piece = *rq;
	struct page page = *e->first;
	enum problem_code err;
	struct buf b;

	buf_init(&b, piece.arena);
	if (e->format->head != NULL)
		e->format->head(e, &b);
	for (;;) {
		if (!write_rows(&piece, e, &page, s, &b))
			return false;
		if (!next_cursor(&piece, e, &page))
			return true;
		piece.arena = stream_piece(s);
		if ((err = read_page(rq, piece.arena, e, &page)) !=
		    PROBLEM_NONE) {
			log_info(
			    "export_broken problem=\"%s\"", problem_title(err));
			return false;
		}
		buf_init(&b, piece.arena);
	}
}

enum problem_code
resource_export(struct request *rq, struct response *rs)
{
	struct export *e = arena_alloc(rq->arena, sizeof *e);
	enum problem_code err;

	request_require_scope(rq, rq->route->resource->name, "export",
	    rq->route->resource->admin_verbs & VERB_LIST);
	e->rows = PAGE_ROWS;
	buf_init(&e->cursor, rq->arena);
	e->first = arena_alloc(rq->arena, sizeof *e->first);
	e->route = arena_alloc(rq->arena, sizeof *e->route);
	if ((err = read_format(rq, e)) != PROBLEM_NONE ||
	    (err = saved_view_apply(rq)) != PROBLEM_NONE)
		return err;
	*e->route = *rq->route;
	e->route->resource = e->resource;
	e->route->params = resource_list_params;
	if ((e->format->begin != NULL &&
		(err = e->format->begin(rq, e)) != PROBLEM_NONE) ||
	    (err = read_page(rq, rq->arena, e, e->first)) != PROBLEM_NONE)
		return err;
	rs->status = 200;
	rs->type = e->format->type;
	rs->disposition =
	    arena_printf(rq->arena, "attachment; filename=\"%s.%s\"",
		rq->route->resource->name, e->format->extension);
	rs->stream = write_pages;
	rs->stream_from = e;
	return PROBLEM_NONE;
}

/*
 * Writes a row as a line. JSON columns may contain line breaks between tokens,
 * so these are replaced.
 */
static void
write_line(struct request *rq, const struct export *e, const struct page *page,
    int row, struct buf *b)
{
	const char *line;
	struct buf object;
	size_t i;

	(void)e;
	buf_init(&object, b->arena);
	rows_object(&object, &page->projection, page->rows, row);
	for (i = 0; i < object.len; i++)
		if (object.data[i] == '\n' || object.data[i] == '\r')
			object.data[i] = ' ';
	line = file_url_absolute(
	    b->arena, object.data, &object.len, rq->config->base_url);
	buf_write(b, line, object.len);
	buf_puts(b, "\n");
}

const struct export_format export_ndjson = {
	.name = "ndjson",
	.type = "application/x-ndjson",
	.extension = "ndjson",
	.row = write_line,
};

const char *
export_known_columns(
    struct request *rq, const struct resource *r, const char *name)
{
	const struct csv_export_column *s =
	    r->csv != NULL ? r->csv->columns : NULL;
	const struct column *c;
	struct nearest n;

	nearest_begin(&n, rq->arena, name);
	for (c = r->columns; c->name != NULL; c++)
		nearest_add(&n, c->name);
	for (; s != NULL && s->name != NULL; s++)
		if (s->title != NULL && resource_column(r, s->name) == NULL)
			nearest_add(&n, s->name);
	return nearest_list(&n);
}

bool
export_has_column(const struct resource *r, const char *name)
{
	const struct csv_export_column *s =
	    r->csv != NULL ? r->csv->columns : NULL;
	const struct column *c;

	if (resource_column(r, name) != NULL)
		return true;
	for (; s != NULL && s->name != NULL; s++)
		if (s->title != NULL &&
		    (strcmp(s->title, name) == 0 || strcmp(s->name, name) == 0))
			return true;
	/* The URL of a picture. */
	for (c = r->columns; c->name != NULL; c++)
		if ((c->flags & COLUMN_PICTURE) != 0 &&
		    strncmp(c->name, name, strlen(c->name)) == 0 &&
		    strcmp(name + strlen(c->name), ".src") == 0)
			return true;
	return false;
}
