/* Reads the rows of an import file in any supported format. */

#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/format/import_reader.h"
#include "lib/format/text_decoder.h"

struct import_reader {
	struct import_format reader;
	struct text_decoder *text; /* decoder of the current pass */
};

struct import_reader *
import_reader_new(
    struct arena *a, const struct import_plan *plan, const struct spool *file)
{
	struct import_reader *in = arena_alloc(a, sizeof *in);

	in->text = text_decoder_new(a, file, plan->encoding);
	if (strcmp(plan->format, "json") == 0)
		in->reader = import_reader_json(a, plan, file, &in->text);
	else if (strcmp(plan->format, "vcard") == 0)
		in->reader = import_reader_vcard(a, plan, file);
	else
		in->reader = import_reader_csv(a, plan, in->text);
	return in;
}

enum import_read_status
import_reader_next(struct import_reader *in, struct import_row *row)
{
	*row = (struct import_row){ .n = 0 };
	return in->reader.next(in->reader.state, row);
}

off_t
import_reader_at(const struct import_reader *in)
{
	return text_decoder_at(in->text);
}

static void
put_fields(struct buf *b, const struct import_row *row)
{
	size_t i;

	for (i = 0; i < row->nfields; i++) {
		buf_puts(b, i > 0 ? "," : "{");
		buf_json(b, row->names[i]);
		buf_puts(b, ":");
		buf_json(b, row->values[i]);
	}
	buf_puts(b, row->nfields > 0 ? "}" : "{}");
}

static void
put_raw(struct buf *b, const struct import_row *row)
{
	size_t i;

	buf_puts(b, "[");
	for (i = 0; i < row->nraw; i++) {
		if (i > 0)
			buf_puts(b, ",");
		buf_json(b, row->raw[i]);
	}
	buf_puts(b, "]");
}

void
import_reader_put(struct buf *b, const struct import_row *row)
{
	buf_printf(b, "{\"n\":%ld,\"v\":", row->n);
	if (row->object != NULL)
		buf_puts(b, row->object);
	else
		put_fields(b, row);
	buf_puts(b, ",\"raw\":");
	if (row->object != NULL)
		buf_puts(b, row->object);
	else
		put_raw(b, row);
	if (row->problem != NULL) {
		buf_puts(b, ",\"problem\":");
		buf_json(b, row->problem);
	}
	buf_puts(b, "}");
}

const char *
import_reader_format(struct arena *a, const struct spool *file)
{
	static const char card[] = "BEGIN:VCARD";
	const char *encoding = text_decoder_detect(a, file);
	struct text_decoder *text;
	char head[sizeof card] = "";
	size_t n = 0;
	int c;

	if (encoding == NULL || spool_read(file, 0, head, 4) == -1)
		return NULL;
	if (memcmp(head, "PK\003\004", 4) == 0)
		return "xlsx";
	if (memcmp(head, "\xd0\xcf\x11\xe0", 4) == 0)
		return "xls";
	memset(head, 0, sizeof head);
	text = text_decoder_new(a, file, encoding);
	while ((c = text_decoder_byte(text)) != -1 && n < sizeof card - 1)
		if (n > 0 || strchr(" \t\r\n", c) == NULL)
			head[n++] = (char)c;
	if (strncasecmp(head, card, strlen(card)) == 0)
		return "vcard";
	return *head == '{' ? "json" : "csv";
}
