/*
 * Rows of a JSON file with lists of users, companies, contacts, notes and
 * tasks, in this order wherever they stand: each list is a walk through the
 * file, and the first finds out whether it can be read at all.
 */

#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/spool.h"
#include "lib/format/import_reader.h"
#include "lib/format/json_rows.h"
#include "lib/format/text_decoder.h"

static const char *const lists[] = { "sales", "companies", "contacts", "notes",
	"tasks", NULL };

struct state {
	struct arena *arena; /* of the walk */
	struct arena *row;   /* of the element that is being looked at */
	const struct spool *file;
	const char *encoding;
	struct text_decoder **text;
	struct json_rows *rows;
	int list;
	long n;
};

static void
free_arena(void *arena)
{
	arena_free(arena);
}

static void
begin_list(struct state *s)
{
	arena_reset(s->arena);
	*s->text = text_decoder_new(s->arena, s->file, s->encoding);
	s->rows = json_rows_new(s->arena, *s->text, lists[s->list]);
	s->n = 0;
}

/* An element that is no object of JSON is shown as none. */
static void
look(struct state *s, const char *text, size_t len, struct import_row *row)
{
	struct json_error why;
	struct json_object *value;

	row->object = "{}";
	if (text == NULL) {
		row->problem = "it is larger than 1 MiB";
		return;
	}
	arena_reset(s->row);
	value = json_parse(s->row, text, len, &why);
	if (value == NULL)
		row->problem = why.what;
	else if (!json_object_is_type(value, json_type_object))
		row->problem = "it is no object";
	else
		row->object = text;
}

static enum import_read_status
next(void *state, struct import_row *row)
{
	struct state *s = state;
	enum json_rows_end end;
	const char *text;
	size_t len;

	while ((end = json_rows_next(s->rows, &text, &len)) == JSON_ROWS_END) {
		if (lists[s->list + 1] == NULL)
			return IMPORT_READ_END;
		s->list++;
		begin_list(s);
	}
	if (end == JSON_ROWS_BROKEN)
		return text_decoder_failed(*s->text) ? IMPORT_READ_UNREADABLE
						     : IMPORT_READ_BROKEN;
	row->n = ++s->n;
	row->resource = lists[s->list];
	look(s, text, len, row);
	return IMPORT_READ_ROW;
}

struct import_format
import_reader_json(struct arena *a, const struct import_plan *plan,
    const struct spool *file, struct text_decoder **text)
{
	struct state *s = arena_alloc(a, sizeof *s);

	s->arena = arena_new();
	s->row = arena_new();
	arena_defer(a, free_arena, s->arena);
	arena_defer(a, free_arena, s->row);
	s->file = file;
	s->encoding = plan->encoding;
	s->text = text;
	begin_list(s);
	return (struct import_format){ next, s };
}
