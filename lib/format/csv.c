/* Reads and writes CSV (RFC 4180). */

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/csv.h"
#include "lib/format/text_decoder.h"

#define GUESSED    20 /* rows for guessing the delimiter */
#define ROW_USUAL  4096
#define DELIMITERS ",;\t|"

struct csv {
	struct arena *arena;
	struct text_decoder *text;
	char delimiter;
	long n;
	size_t len, start; /* bytes in the row; start of the current cell */
	size_t ncells;
	const char *problem;
	bool full; /* a limit is exceeded: skip the rest of the row */
	const char *cells[CSV_CELLS_MAX];
	/* Earlier buffers remain valid, because cells point into them. */
	char *row;
	size_t size;
};

struct csv *
csv_new(struct arena *a, struct text_decoder *text, char delimiter)
{
	struct csv *csv = arena_alloc(a, sizeof *csv);

	csv->arena = a;
	csv->row = arena_alloc(a, csv->size = ROW_USUAL);
	csv->text = text;
	csv->delimiter = delimiter;
	return csv;
}

/* Records the first problem in a row. */
static void
set_problem(struct csv *csv, const char *problem)
{
	if (csv->problem == NULL)
		csv->problem = problem;
}

/* Skips the rest of the row. */
static void
row_overflow(struct csv *csv, const char *problem)
{
	set_problem(csv, problem);
	csv->full = true;
}

/* Grows the buffer to hold one more byte and the end of a cell. */
static void
make_room(struct csv *csv)
{
	char *row;

	if (csv->len + 2 < csv->size)
		return;
	row = arena_alloc(csv->arena, csv->size * 2);
	memcpy(row, csv->row, csv->len);
	csv->row = row;
	csv->size *= 2;
}

static void
put_byte(struct csv *csv, int c)
{
	if (c == '\0')
		set_problem(csv, "a cell contains a NUL character");
	else if (csv->len - csv->start >= CSV_CELL_MAX)
		row_overflow(csv, "a cell is larger than 128 KiB");
	else if (csv->len >= CSV_ROW_MAX - 2)
		row_overflow(csv, "the row is larger than 1 MiB");
	else if (!csv->full) {
		make_room(csv);
		csv->row[csv->len++] = (char)c;
	}
}

static void
end_cell(struct csv *csv)
{
	if (csv->ncells == CSV_CELLS_MAX)
		row_overflow(csv, "the row has more than 512 cells");
	if (csv->full)
		return;
	make_room(csv);
	csv->row[csv->len++] = '\0';
	if (csv->len >= CSV_ROW_MAX - 1) {
		row_overflow(csv, "the row is larger than 1 MiB");
		return;
	}
	csv->cells[csv->ncells++] = csv->row + csv->start;
	if (strstr(csv->row + csv->start, TEXT_DECODER_FAILED) != NULL)
		set_problem(
		    csv, "a cell is not valid in the encoding of the file");
	csv->start = csv->len;
}

/*
 * Reads a cell after its opening quote. Returns the byte after the closing
 * quote.
 */
static int
read_quoted(struct csv *csv)
{
	int c;

	while ((c = text_decoder_byte(csv->text)) != -1) {
		if (c == '"') {
			if (text_decoder_peek(csv->text) != '"')
				return text_decoder_byte(csv->text);
			c = text_decoder_byte(csv->text);
		}
		put_byte(csv, c);
	}
	set_problem(csv, "an opening quote has no closing quote");
	return -1;
}

/* Reads a cell whose first byte is c. Returns the byte that ended it. */
static int
read_cell(struct csv *csv, int c)
{
	bool quoted = c == '"';

	if (quoted)
		c = read_quoted(csv);
	while (c != -1 && c != csv->delimiter && c != '\r' && c != '\n') {
		if (quoted)
			set_problem(csv, "text follows a closing quote");
		put_byte(csv, c);
		c = text_decoder_byte(csv->text);
	}
	end_cell(csv);
	return c;
}

static bool
is_blank(const struct csv *csv)
{
	size_t i;

	for (i = 0; i < csv->ncells; i++)
		if (*csv->cells[i] != '\0')
			return false;
	return csv->problem == NULL;
}

static void
read_row(struct csv *csv, int c)
{
	csv->len = csv->start = csv->ncells = 0;
	csv->problem = NULL;
	csv->full = false;
	while ((c = read_cell(csv, c)) == csv->delimiter)
		c = text_decoder_byte(csv->text);
	if (c == '\r' && text_decoder_peek(csv->text) == '\n')
		text_decoder_byte(csv->text);
}

enum csv_end
csv_next(struct csv *csv, struct csv_row *row)
{
	int c;

	do {
		if ((c = text_decoder_byte(csv->text)) == -1)
			return text_decoder_failed(csv->text) ? CSV_UNREADABLE
							      : CSV_END;
		read_row(csv, c);
	} while (is_blank(csv));
	*row = (struct csv_row){ .n = ++csv->n,
		.ncells = csv->ncells,
		.cells = csv->cells,
		.problem = csv->problem };
	return text_decoder_failed(csv->text) ? CSV_UNREADABLE : CSV_ROW;
}

/*
 * Counts the rows that have as many cells as the first row. If two delimiters
 * tie, the delimiter with more cells wins.
 */
static long
delimiter_score(struct arena *a, const struct spool *file, const char *encoding,
    long skip, char c)
{
	struct text_decoder *text = text_decoder_new(a, file, encoding);
	struct csv *csv = csv_new(a, text, c);
	struct csv_row row;
	size_t ncells = 0;
	long alike = 0;
	int i;

	text_decoder_skip_lines(text, skip);
	for (i = 0; i < GUESSED && csv_next(csv, &row) == CSV_ROW; i++) {
		if (i == 0)
			ncells = row.ncells;
		if (row.ncells == ncells && row.problem == NULL)
			alike++;
	}
	return ncells > 1 ? alike * CSV_CELLS_MAX + (long)ncells : 0;
}

char
csv_said(struct arena *a, const struct spool *file, const char *encoding)
{
	struct text_decoder *text = text_decoder_new(a, file, encoding);
	static const char sep[] = "sep=";
	size_t i;
	int c;

	for (i = 0; sep[i] != '\0'; i++)
		if (tolower(text_decoder_byte(text)) != sep[i])
			return '\0';
	c = text_decoder_byte(text);
	if (c == -1 || strchr(DELIMITERS, c) == NULL)
		return '\0';
	return strchr("\r\n", text_decoder_peek(text)) != NULL ? (char)c : '\0';
}

char
csv_guess(
    struct arena *a, const struct spool *file, const char *encoding, long skip)
{
	static const char all[] = DELIMITERS;
	long best = 0, points;
	char found = ',';
	size_t i;

	for (i = 0; all[i] != '\0'; i++)
		if ((points = delimiter_score(
			 a, file, encoding, skip, all[i])) > best) {
			best = points;
			found = all[i];
		}
	return found;
}

bool
csv_is_formula(const char *text)
{
	static const char *const signs[] = { "=", "+", "-", "@", "\t", "\r",
		"\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };
	size_t i;

	for (i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return true;
	return false;
}

void
csv_put_text(
    struct buf *b, char delimiter, bool safe, const char *text, size_t len)
{
	const char special[] = { '"', '\r', '\n', delimiter, '\0' };
	bool formula = safe && csv_is_formula(text);
	const char *quote;

	if (strpbrk(text, special) == NULL && *text != ' ' && !formula) {
		buf_write(b, text, len);
		return;
	}
	buf_puts(b, formula ? "\"'" : "\"");
	while ((quote = memchr(text, '"', len)) != NULL) {
		buf_write(b, text, (size_t)(quote + 1 - text));
		buf_puts(b, "\"");
		len -= (size_t)(quote + 1 - text);
		text = quote + 1;
	}
	buf_write(b, text, len);
	buf_puts(b, "\"");
}
