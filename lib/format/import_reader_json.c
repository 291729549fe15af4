/* Reads the rows of a JSON import file. */

/*
 * The file is an object with lists of users, companies, contacts, notes and
 * tasks. The lists are imported in this order, regardless of their order in the
 * file. Each list takes a pass over the whole file, and the first pass detects
 * syntax errors.
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
	struct arena *arena; /* lives as long as the pass */
	struct arena *row;   /* freed after each element */
	const struct spool *file;
	const char *encoding;
	struct text_decoder **text;
	struct json_rows *rows;
	bool cut; /* the file may end anywhere */
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

/* Checks an element. An invalid element is reported with the object {}. */
static void
check_element(
    struct state *s, const char *text, size_t len, struct import_row *row)
{
	struct json_error why;
	struct json_object *value;

	row->object = "{}";
	if (text == NULL) {
		row->problem = "the element is larger than 1 MiB";
		return;
	}
	arena_reset(s->row);
	value = json_parse(s->row, text, len, &why);
	if (value == NULL)
		row->problem = why.what;
	else if (!json_object_is_type(value, json_type_object))
		row->problem = "the element is not a JSON object";
	else
		row->object = text;
}

static enum import_read_status
json_next(void *state, struct import_row *row)
{
	struct state *s = state;
	enum json_rows_end end;
	const char *text;
	size_t len;

	while ((end = json_rows_next(s->rows, &text, &len)) == JSON_ROWS_END ||
	    (end == JSON_ROWS_BROKEN && s->cut)) {
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
	check_element(s, text, len, row);
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
	s->cut = plan->cut;
	begin_list(s);
	return (struct import_format){ json_next, s };
}
