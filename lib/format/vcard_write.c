/* Writes vCards (RFC 2426, RFC 6350). */

#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/contentwriter.h"
#include "lib/format/vcard.h"

static const char *const versions[] = {
	[VCARD_3] = "3.0",
	[VCARD_4] = "4.0",
};

bool
vcard_version(const char *name, enum vcard_version *version)
{
	size_t i;

	for (i = 0; i < sizeof versions / sizeof *versions; i++)
		if (strcmp(name, versions[i]) == 0) {
			*version = (enum vcard_version)i;
			return true;
		}
	return false;
}

/*
 * Returns FN, which is required. Other fields substitute for a missing full
 * name.
 */
static const char *
full_name(struct buf *b, const struct vcard *card)
{
	const char *first = card->first_name, *last = card->last_name;

	if (card->full_name != NULL)
		return card->full_name;
	if (first != NULL && last != NULL)
		return arena_printf(b->arena, "%s %s", first, last);
	if (first != NULL || last != NULL)
		return first != NULL ? first : last;
	if (card->organization != NULL)
		return card->organization;
	if (card->nemails > 0)
		return card->emails[0].value;
	return card->nphones > 0 ? card->phones[0].value : "";
}

static void
put_name(struct buf *b, const struct vcard *card)
{
	size_t begun = content_begin(b, "N:");

	if (card->last_name != NULL)
		content_put_text(b, card->last_name);
	buf_puts(b, ";");
	if (card->first_name != NULL)
		content_put_text(b, card->first_name);
	buf_puts(b, ";;;");
	content_end(b, begun);
}

static void
put_entries(
    struct buf *b, const char *name, const struct vcard_entry *list, size_t n)
{
	const char *type;
	size_t i;

	for (i = 0; i < n; i++) {
		type = strcmp(list[i].kind, "Work") == 0 ? ";TYPE=work:"
		    : strcmp(list[i].kind, "Home") == 0  ? ";TYPE=home:"
							 : ":";
		content_put(b, arena_printf(b->arena, "%s%s", name, type),
		    list[i].value);
	}
}

static void
put_categories(struct buf *b, const struct vcard *card)
{
	size_t begun, i;

	if (card->ncategories == 0)
		return;
	begun = content_begin(b, "CATEGORIES:");
	for (i = 0; i < card->ncategories; i++) {
		if (i > 0)
			buf_puts(b, ",");
		content_put_text(b, card->categories[i]);
	}
	content_end(b, begun);
}

static void
put_gender(struct buf *b, const char *gender, enum vcard_version version)
{
	size_t begun;

	if (gender == NULL)
		return;
	if (version == VCARD_3) {
		content_put(b, "X-GENDER:", gender);
		return;
	}
	begun = content_begin(b, "GENDER:");
	if (strcmp(gender, "male") == 0)
		buf_puts(b, "M");
	else if (strcmp(gender, "female") == 0)
		buf_puts(b, "F");
	else {
		buf_puts(b, ";");
		content_put_text(b, gender);
	}
	content_end(b, begun);
}

static void
put_uri(struct buf *b, const char *head, const char *uri)
{
	size_t begun = content_begin(b, head);

	content_put_uri(b, uri);
	content_end(b, begun);
}

/*
 * Writes a photo. Version 3.0 separates type and base64; version 4.0 has a
 * data: URL.
 */
static void
put_photo(struct buf *b, const char *photo, enum vcard_version version)
{
	const char *type, *bytes;

	if (photo == NULL)
		return;
	bytes = strstr(photo, ";base64,");
	if (version == VCARD_4)
		put_uri(b, "PHOTO:", photo);
	else if (strncmp(photo, "data:image/", 11) != 0 || bytes == NULL)
		put_uri(b, "PHOTO;VALUE=uri:", photo);
	else {
		type = arena_strndup(
		    b->arena, photo + 11, (size_t)(bytes - photo - 11));
		put_uri(b,
		    arena_printf(b->arena, "PHOTO;ENCODING=b;TYPE=%s:", type),
		    bytes + 8);
	}
}

void
vcard_write(struct buf *b, const struct vcard *card, enum vcard_version version)
{
	content_put(b, "BEGIN:", "VCARD");
	content_put(b, "VERSION:", versions[version]);
	content_put(b, "UID:", card->uid);
	content_put(b, "REV:", card->revised);
	content_put(b, "FN:", full_name(b, card));
	put_name(b, card);
	content_put(b, "ORG:", card->organization);
	content_put(b, "TITLE:", card->title);
	put_entries(b, "EMAIL", card->emails, card->nemails);
	put_entries(b, "TEL", card->phones, card->nphones);
	if (card->url != NULL)
		put_uri(b, "URL:", card->url);
	content_put(b, "NOTE:", card->note);
	put_categories(b, card);
	content_put(b, "BDAY:", card->birthday);
	put_gender(b, card->gender, version);
	put_photo(b, card->photo, version);
	content_put(b, "END:", "VCARD");
}
