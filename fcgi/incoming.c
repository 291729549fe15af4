#include <string.h>
#include <strings.h>

#include "arena.h"
#include "buf.h"
#include "decoder.h"
#include "incoming.h"
#include "spool.h"

struct incoming {
	struct incoming_reader reader;
	struct decoder *text; /* the one it reads now */
};

struct incoming *
incoming_new(
    struct arena *a, const struct incoming_plan *plan, const struct spool *file)
{
	struct incoming *in = arena_alloc(a, sizeof *in);

	in->text = decoder_new(a, file, plan->encoding);
	if (strcmp(plan->format, "json") == 0)
		in->reader = incoming_json(a, plan, file, &in->text);
	else if (strcmp(plan->format, "vcard") == 0)
		in->reader = incoming_vcard(a, plan, file);
	else
		in->reader = incoming_csv(a, plan, in->text);
	return in;
}

enum incoming_end
incoming_next(struct incoming *in, struct incoming_row *row)
{
	*row = (struct incoming_row){ .n = 0 };
	return in->reader.next(in->reader.state, row);
}

off_t
incoming_at(const struct incoming *in)
{
	return decoder_at(in->text);
}

static void
put_fields(struct buf *b, const struct incoming_row *row)
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
put_raw(struct buf *b, const struct incoming_row *row)
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
incoming_put(struct buf *b, const struct incoming_row *row)
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
incoming_format(struct arena *a, const struct spool *file)
{
	static const char card[] = "BEGIN:VCARD";
	const char *encoding = decoder_detect(a, file);
	struct decoder *text;
	char head[sizeof card] = "";
	size_t n = 0;
	int c;

	if (encoding == NULL)
		return NULL;
	text = decoder_new(a, file, encoding);
	while ((c = decoder_byte(text)) != -1 && n < sizeof card - 1)
		if (n > 0 || strchr(" \t\r\n", c) == NULL)
			head[n++] = (char)c;
	if (strncasecmp(head, card, strlen(card)) == 0)
		return "vcard";
	return *head == '{' ? "json" : "csv";
}
