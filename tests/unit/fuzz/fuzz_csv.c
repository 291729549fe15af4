/*
 * Input: a CSV file. Rows are within bounds, and written rows are read back
 * unchanged.
 */

#include "tests/unit/fuzz/harness.h"

#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/format/csv.h"
#include "lib/format/json_rows.h"
#include "lib/format/text_decoder.h"

static const char *const encodings[] = { "UTF-8", "UTF-16LE", "UTF-16BE",
	"windows-1252" };

static void
put_cell(struct buf *b, const char *cell)
{
	buf_puts(b, "\"");
	for (; *cell != '\0'; cell++) {
		if (*cell == '"')
			buf_puts(b, "\"");
		buf_write(b, cell, 1);
	}
	buf_puts(b, "\"");
}

/* Writes the fields of a row as RFC 4180 specifies. */
static void
put_row(struct buf *b, const struct csv_row *row)
{
	size_t i;

	for (i = 0; i < row->ncells; i++) {
		buf_puts(b, i > 0 ? ";" : "");
		put_cell(b, row->cells[i]);
	}
	buf_puts(b, "\r\n");
}

/* Joins the rows without a problem into one text. */
static size_t
read_all(struct arena *a, const struct spool *file, const char *encoding,
    char delimiter, struct buf *out)
{
	struct csv *csv =
	    csv_new(a, text_decoder_new(a, file, encoding), delimiter);
	struct csv_row row;
	enum csv_end end;
	size_t n = 0;
	long last = 0;

	while ((end = csv_next(csv, &row)) == CSV_ROW) {
		PROMISE(row.n == last + 1);
		PROMISE(row.ncells <= CSV_CELLS_MAX);
		last = row.n;
		if (row.problem != NULL)
			continue;
		put_row(out, &row);
		n++;
	}
	PROMISE(end == CSV_END);
	return n;
}

/*
 * Reads the lists of a JSON file. Checks that each element has its brackets,
 * and that the list ends.
 */
static void
read_lists(struct arena *a, const struct spool *file)
{
	struct json_rows *rows =
	    json_rows_new(a, text_decoder_new(a, file, "UTF-8"), "a");
	const char *text;
	size_t len;

	while (json_rows_next(rows, &text, &len) == JSON_ROW)
		PROMISE(text == NULL || (strlen(text) <= len && len > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct spool file, again;
	struct buf first, second;
	const char *encoding;
	size_t n;

	if (size == 0) {
		arena_free(a);
		return 0;
	}
	buf_init(&first, a);
	buf_init(&second, a);
	encoding = encodings[data[0] % 4];
	PROMISE(spool_bytes(a, data + 1, size - 1, &file));
	PROMISE(text_decoder_detect(a, &file) != NULL);
	PROMISE(strchr(",;\t|", csv_guess(a, &file, encoding, 0)) != NULL);
	n = read_all(a, &file, encoding, ';', &first);
	if (first.len > 0) {
		PROMISE(spool_bytes(a, first.data, first.len, &again));
		PROMISE(read_all(a, &again, "UTF-8", ';', &second) == n);
		PROMISE(first.len == second.len &&
		    memcmp(first.data, second.data, first.len) == 0);
	}
	read_lists(a, &file);
	arena_free(a);
	return 0;
}
