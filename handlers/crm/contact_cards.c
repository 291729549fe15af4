/* Exports contacts as vCards. */

#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/page.h"
#include "handlers/crm/contact_cards.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/spool.h"
#include "lib/base/url.h"
#include "lib/db/db.h"
#include "lib/format/vcard.h"
#include "lib/storage/store.h"

/* A card's columns, in the column order of crm.contacts_export. */
enum cell {
	ID,
	FIRST_NAME,
	LAST_NAME,
	GENDER,
	TITLE,
	BACKGROUND,
	AVATAR,
	TAG_LIST,
	LINKEDIN_URL,
	EMAILS,
	PHONES,
	COMPANY_NAME,
	CARD_UID,
	PHOTO
};
#define CELLS                                                                  \
	"[\"id\",\"first_name\",\"last_name\",\"gender\",\"title\","           \
	"\"background\",\"avatar\",\"tag_list\",\"linkedin_url\","             \
	"\"email_jsonb\",\"phone_jsonb\",\"company_name\",\"card_uid\","       \
	"\"photo\"]"

static enum problem_code
begin_cards(struct request *rq, struct export *e)
{
	enum vcard_version *version = arena_alloc(rq->arena, sizeof *version);
	const char *name = param_text(rq, "version");

	*version = VCARD_3;
	if (name != NULL && !vcard_version(name, version))
		return request_refuse(rq, "vcard_version", "version");
	request_require_scope(rq, "contacts", "read", false);
	request_require_scope(rq, "tags", "read", false);
	e->own = version;
	e->fields = CELLS;
	return PROBLEM_NONE;
}

static struct json_object *
json_of(struct arena *a, const char *text)
{
	struct json_error error;

	return text != NULL ? json_parse(a, text, strlen(text), &error) : NULL;
}

static size_t
array_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array)
	    ? json_object_array_length(list)
	    : 0;
}

/* Reads [{"email","type"}] or [{"number","type"}]. */
static struct vcard_entry *
read_entries(
    struct arena *a, struct json_object *list, const char *member, size_t *n)
{
	struct vcard_entry *entries =
	    arena_array(a, array_length(list) + 1, sizeof *entries);
	struct json_object *e;
	const char *value, *kind;
	size_t i;

	for (i = *n = 0; i < array_length(list); i++) {
		e = json_object_array_get_idx(list, i);
		value = json_get_text(e, member);
		kind = json_get_text(e, "type");
		if (value != NULL && *value != '\0')
			entries[(*n)++] =
			    (struct vcard_entry){ kind != NULL ? kind : "Other",
				    value };
	}
	return entries;
}

static const char **
read_names(struct arena *a, struct json_object *list, size_t *n)
{
	const char **names =
	    arena_array(a, array_length(list) + 1, sizeof *names);

	for (*n = 0; *n < array_length(list); ++*n)
		names[*n] =
		    json_object_get_string(json_object_array_get_idx(list, *n));
	return names;
}

/*
 * Returns the bytes of an uploaded file as base64, or NULL if they cannot be
 * read.
 */
static const char *
folder_bytes(struct request *rq, const char *name)
{
	struct spool file;
	size_t have = 0;
	ssize_t got;
	char *bytes;

	if (!store_name_valid(name) ||
	    !spool_open(rq->arena,
		arena_printf(rq->arena, "%s/%s", rq->config->upload_dir,
		    store_path(rq->arena, name)),
		&file) ||
	    file.len > VCARD_MAX / 3)
		return NULL;
	bytes = arena_alloc(rq->arena, (size_t)file.len + 1);
	while (have < (size_t)file.len) {
		got = spool_read(
		    &file, (off_t)have, bytes + have, (size_t)file.len - have);
		if (got <= 0)
			return NULL;
		have += (size_t)got;
	}
	return base64_encode(rq->arena, bytes, have);
}

/*
 * Embeds an uploaded picture in the card. For any other picture, or if the
 * bytes cannot be read, the URL is written.
 */
static const char *
read_photo(struct request *rq, struct json_object *file, const char *src)
{
	const char *type = json_get_text(file, "type"),
		   *place = json_get_text(file, "place"), *bytes = NULL;

	if (place != NULL && strcmp(place, "database") == 0)
		bytes = json_get_text(file, "bytes");
	else if (place != NULL && strcmp(place, "local") == 0)
		bytes = folder_bytes(rq, json_get_text(file, "name"));
	if (type == NULL || bytes == NULL)
		return src;
	return arena_printf(rq->arena, "data:%s;base64,%s", type, bytes);
}

static void
write_card(struct request *rq, const struct export *e, const struct page *page,
    int row, struct buf *b)
{
#define TEXT(cell) db_text(page->rows, row, (cell))
#define JSON(cell) json_of(rq->arena, TEXT(cell))
	struct vcard card = {
		.uid = arena_printf(rq->arena, "urn:uuid:%s", TEXT(CARD_UID)),
		.first_name = TEXT(FIRST_NAME),
		.last_name = TEXT(LAST_NAME),
		.gender = TEXT(GENDER),
		.title = TEXT(TITLE),
		.note = TEXT(BACKGROUND),
		.url = TEXT(LINKEDIN_URL),
		.organization = TEXT(COMPANY_NAME),
	};
	const enum vcard_version *version = e->own;
	const char *src = json_get_text(JSON(AVATAR), "src");

	if (src != NULL)
		src = url_absolute(rq->arena, rq->config->base_url, src);
	card.emails =
	    read_entries(rq->arena, JSON(EMAILS), "email", &card.nemails);
	card.phones =
	    read_entries(rq->arena, JSON(PHONES), "number", &card.nphones);
	card.categories =
	    read_names(rq->arena, JSON(TAG_LIST), &card.ncategories);
	card.photo = read_photo(rq, JSON(PHOTO), src);
	vcard_write(b, &card, *version);
}

const struct export_format contact_cards = {
	.name = "vcard",
	.type = "text/vcard; charset=utf-8",
	.extension = "vcf",
	.csv = true,
	.begin = begin_cards,
	.row = write_card,
};

static const struct resource_hooks hooks[] = {
	{ "contacts", .format = &contact_cards },
	{ .resource = NULL },
};

const struct module contact_cards_module = {
	.name = "contact_cards",
	.hooks = hooks,
};
