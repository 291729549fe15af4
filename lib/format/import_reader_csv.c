/* Reads the rows of a CSV import file. */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/format/csv.h"
#include "lib/format/import_reader.h"
#include "lib/format/text_decoder.h"

struct state {
	struct csv *csv;
	bool header; /* skip the next row */
	bool blanks;
	size_t ncolumns;
	const char *fields[CSV_CELLS_MAX]; /* NULL: ignore the column */
	const char *names[CSV_CELLS_MAX], *values[CSV_CELLS_MAX];
	const char *raw[CSV_CELLS_MAX];
};

/* Removes the apostrophe that csv_export.c adds against CSV injection. */
static const char *
without_guard(const char *cell)
{
	return *cell == '\'' && cell[1] != '\0' &&
		strchr("=+-@\t\r\n", cell[1]) != NULL
	    ? cell + 1
	    : cell;
}

/* Missing cells are empty; surplus cells are a problem unless empty. */
static void
name_cells(struct state *s, const struct csv_row *from, struct import_row *to)
{
	size_t i;

	for (i = 0; i < s->ncolumns; i++) {
		s->raw[i] = i < from->ncells ? from->cells[i] : "";
		if (s->fields[i] == NULL || (*s->raw[i] == '\0' && !s->blanks))
			continue;
		s->names[to->nfields] = s->fields[i];
		s->values[to->nfields++] = without_guard(s->raw[i]);
	}
	to->nraw = s->ncolumns;
	for (i = s->ncolumns; i < from->ncells; i++) {
		s->raw[i] = from->cells[i];
		if (*s->raw[i] == '\0')
			continue;
		to->nraw = i + 1;
		if (to->problem == NULL)
			to->problem = "the row has more cells than columns";
	}
	to->names = s->names;
	to->values = s->values;
	to->raw = s->raw;
}

static enum import_read_status
csv_row_next(void *state, struct import_row *row)
{
	struct state *s = state;
	struct csv_row from;
	enum csv_end end = csv_next(s->csv, &from);

	if (s->header && end == CSV_ROW)
		end = csv_next(s->csv, &from);
	s->header = false;
	if (end != CSV_ROW)
		return end == CSV_END ? IMPORT_READ_END
				      : IMPORT_READ_UNREADABLE;
	row->n = from.n;
	row->problem = from.problem;
	name_cells(s, &from, row);
	return IMPORT_READ_ROW;
}

struct import_format
import_reader_csv(
    struct arena *a, const struct import_plan *plan, struct text_decoder *text)
{
	struct state *s = arena_alloc(a, sizeof *s);
	size_t n = json_object_array_length(plan->mapping), i;

	s->csv = csv_new(a, text, plan->delimiter);
	s->header = plan->has_header;
	s->blanks = plan->blanks;
	s->ncolumns = n < CSV_CELLS_MAX ? n : CSV_CELLS_MAX;
	for (i = 0; i < s->ncolumns; i++)
		s->fields[i] = json_object_get_string(
		    json_object_array_get_idx(plan->mapping, i));
	return (struct import_format){ csv_row_next, s };
}
