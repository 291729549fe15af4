/* Reads the contacts in a vCard import file. */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/format/contentline.h"
#include "lib/format/import_reader.h"
#include "lib/format/text_decoder.h"
#include "lib/format/vcard.h"
#include "lib/storage/dataurl.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"

#define NAME_LEN_MAX 200 /* characters of a card's name to show in an error */

struct state {
	const struct spool *file;
	struct text_decoder *text; /* decoder of UTF-16, or NULL */
	const char *site;
	struct content_reader reader;
	off_t at; /* offset of the next piece */
	struct arena *card;
	bool failed;
	long n;
};

static void
free_arena(void *arena)
{
	arena_free(arena);
}

static size_t
read_piece(void *from, char *data, size_t size)
{
	struct state *s = from;
	ssize_t got;
	size_t n;
	int c;

	if (s->text != NULL) {
		for (n = 0; n < size && (c = text_decoder_byte(s->text)) != -1;
		     n++)
			data[n] = (char)c;
		s->failed |= text_decoder_failed(s->text);
		return n;
	}
	got = spool_read(s->file, s->at, data, size);
	s->failed |= got == -1;
	if (got <= 0)
		return 0;
	s->at += got;
	return (size_t)got;
}

static void
put_text(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", name);
	buf_json(b, value);
}

static void
put_entries(struct buf *b, const char *name, const char *member,
    const struct vcard_entry *all, size_t n)
{
	size_t i;

	if (n == 0)
		return;
	buf_printf(b, "%s\"%s\":[", b->len > 1 ? "," : "", name);
	for (i = 0; i < n; i++) {
		buf_printf(b, "%s{\"%s\":", i > 0 ? "," : "", member);
		buf_json(b, all[i].value);
		buf_printf(b, ",\"type\":\"%s\"}", all[i].kind);
	}
	buf_puts(b, "]");
}

static void
put_tags(struct buf *b, const struct vcard *card)
{
	size_t i;

	if (card->ncategories == 0)
		return;
	buf_printf(b, "%s\"tags\":[", b->len > 1 ? "," : "");
	for (i = 0; i < card->ncategories; i++) {
		buf_puts(b, i > 0 ? "," : "");
		buf_json(b, card->categories[i]);
	}
	buf_puts(b, "]");
}

/*
 * Keeps the URL of a photo. Stores an embedded photo as a file if it is a
 * picture.
 */
static void
put_photo(struct state *s, struct buf *b, const char *photo,
    struct import_picture *file)
{
	const struct file_type *type;
	struct dataurl d;

	if (photo == NULL || (dataurl_is(photo) && s->site == NULL))
		return;
	if (dataurl_is(photo)) {
		if (!dataurl_read(b->arena, photo, &d))
			return;
		type = sniff(d.bytes, d.len, d.type);
		if (!type->picture)
			return;
		file->name = store_name(b->arena, type->extension);
		file->type = type->name;
		file->base64 = d.base64;
		photo = arena_printf(
		    b->arena, "%s/uploads/%s", s->site, file->name);
	}
	buf_printf(b, "%s\"avatar\":{\"src\":", b->len > 1 ? "," : "");
	buf_json(b, photo);
	if (file->name != NULL)
		buf_printf(b, ",\"path\":\"%s\",\"type\":\"%s\"", file->name,
		    file->type);
	buf_puts(b, "}");
}

/* Returns the contact as JSON, with the fields of crm.import_fields(). */
static const char *
contact_json(
    struct state *s, const struct vcard *card, struct import_picture *file)
{
	bool named = card->first_name != NULL || card->last_name != NULL;
	struct buf b;

	buf_init(&b, s->card);
	buf_puts(&b, "{");
	put_text(&b, "external_id", card->uid);
	put_text(&b, "first_name", card->first_name);
	put_text(&b, "last_name", named ? card->last_name : card->full_name);
	put_text(&b, "gender", card->gender);
	put_text(&b, "title", card->title);
	put_text(&b, "company", card->organization);
	put_text(&b, "background", card->note);
	if (card->url != NULL && strstr(card->url, "linkedin") != NULL)
		put_text(&b, "linkedin_url", card->url);
	put_entries(&b, "email_jsonb", "email", card->emails, card->nemails);
	put_entries(&b, "phone_jsonb", "number", card->phones, card->nphones);
	put_tags(&b, card);
	put_photo(s, &b, card->photo, file);
	buf_puts(&b, "}");
	return b.data;
}

/* Sets the row to the card's error, with text that identifies the card. */
static void
report_card(struct state *s, struct vcard *card, struct import_row *row)
{
	const char *first = card->first_name, *last = card->last_name;
	const char *name = card->full_name;

	card->photo = NULL;
	row->object = contact_json(s, card, &row->file);
	if (first != NULL || last != NULL)
		name =
		    arena_printf(s->card, "%s%s%s", first != NULL ? first : "",
			first != NULL && last != NULL ? " " : "",
			last != NULL ? last : "");
	if (name == NULL)
		name = card->organization;
	if (name == NULL && card->nemails > 0)
		name = card->emails[0].value;
	if (name != NULL && strlen(name) <= NAME_LEN_MAX)
		row->problem = arena_printf(
		    s->card, "the card of %s: %s", name, row->problem);
}

static enum import_read_status
vcard_next(void *state, struct import_row *row)
{
	struct state *s = state;
	struct vcard *card;
	enum vcard_status status;

	arena_reset(s->card);
	card = arena_alloc(s->card, sizeof *card);
	status = vcard_read(&s->reader, s->card, card);
	if (s->failed)
		return IMPORT_READ_UNREADABLE;
	if (status == VCARD_END)
		return IMPORT_READ_END;
	row->n = ++s->n;
	row->object = "{}";
	if (status == VCARD_BAD)
		row->problem = arena_printf(
		    s->card, "line %ld %s", card->line, card->fault);
	else if (card->group)
		row->problem = "the card does not describe a person";
	if (row->problem != NULL)
		report_card(s, card, row);
	else
		row->object = contact_json(s, card, &row->file);
	return IMPORT_READ_ROW;
}

struct import_format
import_reader_vcard(
    struct arena *a, const struct import_plan *plan, const struct spool *file)
{
	struct state *s = arena_alloc(a, sizeof *s);

	s->file = file;
	s->site = plan->site;
	s->reader.more = read_piece;
	s->reader.from = s;
	s->reader.charset = plan->encoding;
	if (strncmp(plan->encoding, "UTF-16", 6) == 0) {
		s->text = text_decoder_new(a, file, plan->encoding);
		s->reader.charset = NULL;
	}
	s->card = arena_new();
	arena_defer(a, free_arena, s->card);
	return (struct import_format){ vcard_next, s };
}
