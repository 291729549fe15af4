/* Writes result rows as JSON. */

#include <string.h>

#include "fcgi/rest/projection.h"
#include "fcgi/rest/rows.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/db/db.h"

/*
 * Converts "2025-06-01 00:00:00+00" to "2025-06-01T00:00:00+00:00". The zone is
 * always UTC. The text may end with " BC" or be "infinity".
 */
static void
put_timestamp(struct buf *b, const char *text, size_t len)
{
	const char *blank = memchr(text, ' ', len);
	const char *zone = blank != NULL ? strstr(blank, "+00") : NULL;

	buf_write(b, "\"", 1);
	if (zone == NULL)
		buf_write(b, text, len);
	else {
		buf_write(b, text, (size_t)(blank - text));
		buf_write(b, "T", 1);
		buf_write(b, blank + 1, (size_t)(zone + 3 - blank - 1));
		buf_write(b, ":00", 3);
		buf_puts(b, zone + 3);
	}
	buf_write(b, "\"", 1);
}

void
rows_value(struct buf *b, enum value_type type, const char *text, size_t len)
{
	switch (type) {
	case VALUE_TEXT:
	case VALUE_DATE:
		buf_json(b, text);
		break;
	case VALUE_BOOLEAN:
		buf_puts(b, *text == 't' ? "true" : "false");
		break;
	case VALUE_TIMESTAMP:
		put_timestamp(b, text, len);
		break;
	case VALUE_BIGINTS: /* "{1,2}" */
		buf_write(b, "[", 1);
		buf_write(b, text + 1, len - 2);
		buf_write(b, "]", 1);
		break;
	default: /* numbers and JSON */
		buf_write(b, text, len);
	}
}

/* The texts "{\"id\":" and ",\"name\":", built once for all rows. */
struct label {
	const char *text;
	size_t len;
};

static const struct label *
make_labels(struct arena *a, const struct projection *projection)
{
	struct label *labels =
	    arena_array(a, projection->shown, sizeof *labels);
	size_t i;

	for (i = 0; i < projection->shown; i++) {
		labels[i].text = arena_printf(a, "%c\"%s\":", i > 0 ? ',' : '{',
		    projection->parts[i].name);
		labels[i].len = strlen(labels[i].text);
	}
	return labels;
}

static void
put_row(struct buf *b, const struct projection *projection,
    const struct label *labels, const struct db_step *step, int row)
{
	const char *text;
	size_t i;

	for (i = 0; i < projection->shown; i++) {
		buf_write(b, labels[i].text, labels[i].len);
		if ((text = db_text(step, row, (int)i)) == NULL)
			buf_write(b, "null", 4);
		else
			rows_value(b, projection->parts[i].type, text,
			    db_len(step, row, (int)i));
	}
	buf_write(b, "}", 1);
}

void
rows_json(struct buf *b, const struct projection *projection,
    const struct db_step *step, int nrows)
{
	const struct label *labels = make_labels(b->arena, projection);
	int row;

	buf_write(b, "[", 1);
	for (row = 0; row < nrows; row++) {
		if (row > 0)
			buf_write(b, ",", 1);
		put_row(b, projection, labels, step, row);
	}
	buf_write(b, "]", 1);
}

void
rows_object(struct buf *b, const struct projection *projection,
    const struct db_step *step, int row)
{
	put_row(b, projection, make_labels(b->arena, projection), step, row);
}
