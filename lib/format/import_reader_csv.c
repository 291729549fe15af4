/* Reads the rows of a CSV import file. */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/format/csv.h"
#include "lib/format/import_reader.h"
#include "lib/format/text_decoder.h"

#define SEPARATOR                                                              \
	" ::: " /* between the values in a cell, as in crm.cell_values() */

struct state {
	struct csv *csv;
	struct arena *row; /* values that do not come from the file */
	bool header;       /* skip the next row */
	bool blanks;
	size_t ncolumns;
	const char *fields[CSV_CELLS_MAX]; /* NULL: ignore the column */
	const char *names[CSV_CELLS_MAX], *values[CSV_CELLS_MAX];
	const char *raw[CSV_CELLS_MAX];
};

static void
free_arena(void *arena)
{
	arena_free(arena);
}

/*
 * Undoes two ways of protecting a text from spreadsheets: the apostrophe of
 * csv_put_text(), and a formula such as ="0123".
 */
static const char *
without_guard(struct state *s, const char *cell)
{
	size_t len = strlen(cell);

	if (*cell == '\'' && csv_is_formula(cell + 1))
		return cell + 1;
	if (len < 3 || strncmp(cell, "=\"", 2) != 0 || cell[len - 1] != '"' ||
	    memchr(cell + 2, '"', len - 3) != NULL)
		return cell;
	return arena_strndup(s->row, cell + 2, len - 3);
}

/*
 * Returns true for a number with an exponent, such as 4.9E+11. Such a number
 * has lost digits.
 */
static bool
is_exponent(const char *cell)
{
	const char *at = cell + strspn(cell, "-0123456789.,");

	return at > cell && toupper((unsigned char)*at) == 'E' &&
	    at[1] == '+' && at[2] != '\0' &&
	    strspn(at + 2, "0123456789") == strlen(at + 2);
}

/*
 * Returns true for an error value, a formula, or the "####" that a narrow
 * column shows.
 */
static bool
is_lost(const char *cell)
{
	static const char *const errors[] = { "#REF!", "#N/A", "#NAME?",
		"#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", NULL };
	size_t i, n;

	for (i = 0; errors[i] != NULL; i++)
		if (strcmp(cell, errors[i]) == 0)
			return true;
	if (strspn(cell, "#") >= 4 && strspn(cell, "#") == strlen(cell))
		return true;
	if (*cell != '=')
		return false;
	for (n = 1; isupper((unsigned char)cell[n]) || cell[n] == '$'; n++)
		continue;
	return n > 1 && (isdigit((unsigned char)cell[n]) || cell[n] == '(');
}

/* Returns the field for a value whose label column contains this text. */
static const char *
labelled_field(const char *field, const char *label)
{
	static const char *const work[] = { "work", "arbeit", "gesch",
		"b\xc3\xbcro", "travail", "bureau", "profession", "trabajo",
		"oficina", "business", NULL };
	static const char *const home[] = { "home", "priv", "zuhause",
		"domicile", "maison", "perso", "casa", "particular", NULL };
	bool email = *field == 'e';
	size_t i;

	for (i = 0; work[i] != NULL; i++)
		if (strcasestr(label, work[i]) != NULL)
			return email ? "email_work" : "phone_work";
	for (i = 0; home[i] != NULL; i++)
		if (strcasestr(label, home[i]) != NULL)
			return email ? "email_home" : "phone_home";
	return email ? "email_other" : "phone_other";
}

/* Adds a value. Several columns can have the same field. */
static void
add_value(struct state *s, struct import_row *to, const char *field,
    const char *value)
{
	size_t i;

	for (i = 0; i < to->nfields && strcmp(s->names[i], field) != 0; i++)
		continue;
	if (i == to->nfields)
		s->names[to->nfields++] = field;
	else if (*value == '\0')
		return;
	else if (*s->values[i] != '\0')
		value = arena_printf(
		    s->row, "%s" SEPARATOR "%s", s->values[i], value);
	s->values[i] = value;
}

static void
check_damage(struct state *s, struct import_row *to, const char *field,
    const char *value)
{
	if (to->problem == NULL && (is_exponent(value) || is_lost(value)))
		to->problem = arena_printf(s->row,
		    "%s: \"%s\" is what a spreadsheet made of the value: set "
		    "the format of the column to text, and save the file again",
		    field, value);
}

/* Removes and returns a value. Returns NULL if there is none. */
static const char *
take_value(struct state *s, struct import_row *to, const char *field)
{
	const char *value;
	size_t i;

	for (i = 0; i < to->nfields && strcmp(s->names[i], field) != 0; i++)
		continue;
	if (i == to->nfields)
		return NULL;
	value = s->values[i];
	to->nfields--;
	memmove(s->names + i, s->names + i + 1,
	    (to->nfields - i) * sizeof *s->names);
	memmove(s->values + i, s->values + i + 1,
	    (to->nfields - i) * sizeof *s->values);
	return value;
}

/*
 * Derives the first and the last name from a middle name and a full name, which
 * is split at its last word or at a comma.
 */
static void
join_names(struct state *s, struct import_row *to)
{
	const char *whole = take_value(s, to, "full_name");
	const char *middle = take_value(s, to, "middle_name");
	const char *first = take_value(s, to, "first_name");
	const char *last = take_value(s, to, "last_name"), *at;

	if (whole != NULL && (first == NULL || *first == '\0') &&
	    (last == NULL || *last == '\0')) {
		if ((at = strchr(whole, ',')) != NULL) {
			last =
			    arena_strndup(s->row, whole, (size_t)(at - whole));
			first = at + 1 + strspn(at + 1, " ");
		} else if ((at = strrchr(whole, ' ')) != NULL && at > whole) {
			last = at + 1;
			first =
			    arena_strndup(s->row, whole, (size_t)(at - whole));
		} else
			last = whole;
	}
	if (middle != NULL && *middle != '\0')
		first = first == NULL || *first == '\0'
		    ? middle
		    : arena_printf(s->row, "%s %s", first, middle);
	if (first != NULL)
		add_value(s, to, "first_name", first);
	if (last != NULL)
		add_value(s, to, "last_name", last);
}

static void
name_cell(struct state *s, size_t i, struct import_row *to, const char **labels)
{
	const char *field = s->fields[i], *value = s->raw[i];

	if (value[strspn(value, " \t")] == '\0')
		value = "";
	if (field == NULL || (*value == '\0' && !s->blanks))
		return;
	value = without_guard(s, value);
	check_damage(s, to, field, value);
	if (strcmp(field, "email_label") == 0)
		labels[0] = value;
	else if (strcmp(field, "phone_label") == 0)
		labels[1] = value;
	else {
		if (strncmp(field, "email_", 6) == 0 && *labels[0] != '\0') {
			field = labelled_field(field, labels[0]);
			labels[0] = "";
		} else if (strncmp(field, "phone_", 6) == 0 &&
		    *labels[1] != '\0') {
			field = labelled_field(field, labels[1]);
			labels[1] = "";
		}
		add_value(s, to, field, value);
	}
}

/*
 * Assigns the cells of a row to fields. Missing cells are empty. Surplus cells
 * are a problem unless they are empty.
 */
static void
name_cells(struct state *s, const struct csv_row *from, struct import_row *to)
{
	/* Labels for the next address and number. */
	const char *labels[2] = { "", "" };
	size_t i;

	arena_reset(s->row);
	for (i = 0; i < s->ncolumns; i++) {
		s->raw[i] = i < from->ncells ? from->cells[i] : "";
		name_cell(s, i, to, labels);
	}
	join_names(s, to);
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

	s->row = arena_new();
	arena_defer(a, free_arena, s->row);
	text_decoder_skip_lines(text, plan->skip);
	s->csv = csv_new(a, text, plan->delimiter);
	s->header = plan->has_header;
	s->blanks = plan->blanks;
	s->ncolumns = n < CSV_CELLS_MAX ? n : CSV_CELLS_MAX;
	for (i = 0; i < s->ncolumns; i++)
		s->fields[i] = json_object_get_string(
		    json_object_array_get_idx(plan->mapping, i));
	return (struct import_format){ csv_row_next, s };
}
