/* Reads the rows in a CSV file from a source. */

#include <string.h>

#include "jobs/integrations/integration_source.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/format/csv.h"
#include "lib/format/text_decoder.h"

static const char *
row_object(struct arena *a, const char *const *names, size_t n,
    const struct csv_row *row)
{
	struct buf b;
	size_t i;

	buf_init(&b, a);
	buf_puts(&b, "{");
	for (i = 0; i < n && i < row->ncells; i++) {
		buf_puts(&b, i > 0 ? "," : "");
		buf_json(&b, names[i]);
		buf_puts(&b, ":");
		buf_json(&b, row->cells[i]);
	}
	buf_puts(&b, "}");
	return b.data;
}

/* Checks the column names, which must not be empty or repeated. */
static const char **
header_names(
    struct integration *in, struct arena *a, struct csv *csv, size_t *n)
{
	const char **names;
	struct csv_row row;
	size_t i, j;

	if (csv_next(csv, &row) != CSV_ROW || row.problem != NULL) {
		integration_fail(
		    in, true, "the first row of the file has no names");
		return NULL;
	}
	names = arena_array(a, row.ncells + 1, sizeof *names);
	*n = row.ncells;
	for (i = 0; i < *n; i++) {
		names[i] = arena_strdup(a, row.cells[i]);
		for (j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0) {
				integration_fail(in, true,
				    arena_printf(in->arena,
					"two columns have the name \"%.100s\"",
					names[i]));
				return NULL;
			}
	}
	return names;
}

bool
integration_csv_file(struct integration *in, struct arena *a,
    const struct spool *file, struct integration_page *page)
{
	const char *delimiter = integration_setting(in, "delimiter", NULL);
	const char *encoding;
	const char **names;
	struct csv_row row;
	struct text_decoder *text;
	struct csv *csv;
	size_t n, room = 1024;
	char said;

	encoding = text_decoder_detect(a, file);
	if (encoding == NULL)
		encoding = "UTF-8";
	text = text_decoder_new(a, file, encoding);
	if ((said = csv_said(a, file, encoding)) != '\0')
		text_decoder_skip_lines(text, 1);
	else
		said = csv_guess(a, file, encoding, 0);
	csv = csv_new(a, text, delimiter != NULL ? *delimiter : said);
	if ((names = header_names(in, a, csv, &n)) == NULL)
		return false;
	page->rows = arena_array(a, room, sizeof *page->rows);
	while (csv_next(csv, &row) == CSV_ROW) {
		if (row.problem != NULL)
			return integration_fail(in, true,
			    arena_printf(in->arena, "row %ld of the file: %s",
				row.n, row.problem));
		if (page->nrows == room) {
			const char **more =
			    arena_array(a, room * 2, sizeof *more);

			memcpy(more, page->rows, room * sizeof *more);
			page->rows = more;
			room *= 2;
		}
		page->rows[page->nrows++] = row_object(a, names, n, &row);
	}
	return true;
}

bool
integration_csv(struct integration *in, struct arena *a,
    const struct buf *bytes, struct integration_page *page)
{
	struct spool file;

	if (!spool_bytes(a, bytes->data, bytes->len, &file))
		return integration_fail(in, false, "there is no memory");
	return integration_csv_file(in, a, &file, page);
}
