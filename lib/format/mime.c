/* Reads a MIME message: headers, text and attachments. */

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/format/mime.h"

#define DEPTH_MAX 20
#define PARTS_MAX 500

/* The state of parsing a mail. */
struct reading {
	struct arena *arena;
	struct json_object *mail;
	struct json_object *attachments;
	size_t nparts;
	const char *why; /* the error, or NULL */
};

static void
unref(void *object)
{
	g_object_unref(object);
}

static void
unref_bytes(void *bytes)
{
	g_byte_array_unref(bytes);
}

/* The declared charset may be wrong: replace invalid UTF-8. */
static struct json_object *
text(const char *s)
{
	char *valid = g_utf8_make_valid(s, -1);
	struct json_object *value = json_object_new_string(valid);

	g_free(valid);
	return value;
}

static void
put(struct json_object *into, const char *member, const char *value)
{
	if (value != NULL && *value != '\0')
		json_object_object_add(into, member, text(value));
}

/* The decoded bytes of a part; the arena owns them. */
static GByteArray *
content(struct reading *r, GMimePart *part)
{
	GMimeDataWrapper *wrapper = g_mime_part_get_content(part);
	GByteArray *bytes = g_byte_array_new();
	GMimeStream *stream;

	arena_defer(r->arena, unref_bytes, bytes);
	if (wrapper == NULL)
		return bytes;
	stream = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	if (g_mime_data_wrapper_write_to_stream(wrapper, stream) == -1)
		r->why = "a part cannot be decoded";
	g_object_unref(stream);
	return bytes;
}

static void
attach(struct reading *r, const char *name, const char *type, const void *bytes,
    size_t len)
{
	struct json_object *one = json_object_new_object();

	put(one, "Name", name);
	put(one, "ContentType", type);
	json_object_object_add(one, "Content",
	    json_object_new_string(base64_encode(r->arena, bytes, len)));
	json_object_array_add(r->attachments, one);
}

static const char *
type_of(struct arena *a, GMimeObject *o)
{
	GMimeContentType *type = g_mime_object_get_content_type(o);

	return arena_printf(a, "%s/%s",
	    g_mime_content_type_get_media_type(type),
	    g_mime_content_type_get_media_subtype(type));
}

/* True for 16 or 32 bit charsets, whose bytes may be zero. */
static bool
wide(GMimeObject *o)
{
	const char *charset =
	    g_mime_object_get_content_type_parameter(o, "charset");

	return charset != NULL &&
	    (g_ascii_strncasecmp(charset, "utf-16", 6) == 0 ||
		g_ascii_strncasecmp(charset, "utf-32", 6) == 0 ||
		g_ascii_strncasecmp(charset, "ucs", 3) == 0);
}

static void
take_text(struct reading *r, GMimeObject *o, const GByteArray *bytes)
{
	char *s;

	if (!wide(o) && memchr(bytes->data, '\0', bytes->len) != NULL) {
		r->why = "there is a NUL in its text";
		return;
	}
	s = g_mime_text_part_get_text(GMIME_TEXT_PART(o));
	put(r->mail, "TextBody", s);
	g_free(s);
}

static void
take_leaf(struct reading *r, GMimeObject *o)
{
	const char *name = g_mime_part_get_filename(GMIME_PART(o));
	const char *type = type_of(r->arena, o);
	bool attached = g_mime_part_is_attachment(GMIME_PART(o));
	GByteArray *bytes;
	bool present;

	if (name == NULL && !attached && !GMIME_IS_TEXT_PART(o))
		return; /* a signature, or embedded in HTML */
	if (name == NULL && !attached && strcmp(type, "text/plain") != 0)
		return;
	bytes = content(r, GMIME_PART(o));
	if (name == NULL && !attached) {
		json_get(r->mail, "TextBody", &present);
		if (!present && bytes->len > 0)
			take_text(r, o, bytes);
		return;
	}
	attach(r, name != NULL ? name : "attachment", type, bytes->data,
	    bytes->len);
}

/* Stores an attached mail as a file. */
static void
take_message(struct reading *r, GMimeObject *o)
{
	GMimeMessage *inner =
	    g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
	const char *subject;
	char *raw;

	if (inner == NULL)
		return;
	subject = g_mime_message_get_subject(inner);
	raw = g_mime_object_to_string(GMIME_OBJECT(inner), NULL);
	attach(r,
	    arena_printf(
		r->arena, "%s.eml", subject != NULL ? subject : "message"),
	    "message/rfc822", raw, strlen(raw));
	g_free(raw);
}

static void
walk(struct reading *r, GMimeObject *o, int depth)
{
	int i, n;

	if (o == NULL || r->why != NULL)
		return;
	if (depth > DEPTH_MAX || ++r->nparts > PARTS_MAX) {
		r->why = "it has too many parts";
		return;
	}
	if (GMIME_IS_MESSAGE_PART(o)) {
		take_message(r, o);
	} else if (GMIME_IS_MULTIPART(o)) {
		n = g_mime_multipart_get_count(GMIME_MULTIPART(o));
		for (i = 0; i < n; i++)
			walk(r,
			    g_mime_multipart_get_part(GMIME_MULTIPART(o), i),
			    depth + 1);
	} else if (GMIME_IS_PART(o)) {
		take_leaf(r, o);
	}
}

static struct json_object *
mailbox(InternetAddress *address)
{
	struct json_object *one = json_object_new_object();

	put(one, "Email",
	    internet_address_mailbox_get_addr(
		INTERNET_ADDRESS_MAILBOX(address)));
	put(one, "Name", internet_address_get_name(address));
	return one;
}

/* Replaces groups by their members. */
static void
flatten(struct json_object *into, InternetAddressList *list, int depth)
{
	int i, n = list != NULL ? internet_address_list_length(list) : 0;
	InternetAddress *one;

	for (i = 0; i < n && depth < DEPTH_MAX; i++) {
		one = internet_address_list_get_address(list, i);
		if (INTERNET_ADDRESS_IS_GROUP(one))
			flatten(into,
			    internet_address_group_get_members(
				INTERNET_ADDRESS_GROUP(one)),
			    depth + 1);
		else
			json_object_array_add(into, mailbox(one));
	}
}

static void
take_addresses(struct reading *r, GMimeMessage *m, GMimeAddressType type,
    const char *member)
{
	struct json_object *all = json_object_new_array();

	flatten(all, g_mime_message_get_addresses(m, type), 0);
	json_object_object_add(r->mail, member, all);
}

static void
take_sender(struct reading *r, GMimeMessage *m)
{
	struct json_object *all = json_object_new_array();

	json_own(r->arena, all);
	flatten(all, g_mime_message_get_from(m), 0);
	if (json_object_array_length(all) > 0)
		json_share(
		    r->mail, "FromFull", json_object_array_get_idx(all, 0));
}

/* Headers that the receiving mail server added. */
static void
take_headers(struct reading *r, GMimeMessage *m)
{
	static const char *const verdicts[] = { "Received-SPF",
		"X-Spam-Status" };
	struct json_object *all = json_object_new_array(), *one;
	const char *value;
	size_t i;

	json_object_object_add(r->mail, "Headers", all);
	for (i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		value = g_mime_object_get_header(GMIME_OBJECT(m), verdicts[i]);
		if (value == NULL)
			continue;
		one = json_object_new_object();
		put(one, "Name", verdicts[i]);
		put(one, "Value", value);
		json_object_array_add(all, one);
	}
	value = g_mime_object_get_header(GMIME_OBJECT(m), "X-Original-To");
	if (value == NULL)
		value =
		    g_mime_object_get_header(GMIME_OBJECT(m), "Delivered-To");
	put(r->mail, "OriginalRecipient", value);
}

static void
take(struct reading *r, GMimeMessage *m)
{
	put(r->mail, "MessageID", g_mime_message_get_message_id(m));
	put(r->mail, "Subject", g_mime_message_get_subject(m));
	put(r->mail, "Date", g_mime_object_get_header(GMIME_OBJECT(m), "Date"));
	take_sender(r, m);
	take_addresses(r, m, GMIME_ADDRESS_TYPE_TO, "ToFull");
	take_addresses(r, m, GMIME_ADDRESS_TYPE_CC, "CcFull");
	take_addresses(r, m, GMIME_ADDRESS_TYPE_BCC, "BccFull");
	take_headers(r, m);
	walk(r, g_mime_message_get_mime_part(m), 0);
}

struct json_object *
mime_read(struct arena *a, const char *raw, size_t len, const char **why)
{
	struct reading r = { .arena = a };
	GMimeMessage *m;
	GMimeParser *parser;
	GMimeStream *stream;

	g_mime_init();
	stream = g_mime_stream_mem_new_with_buffer(raw, len);
	parser = g_mime_parser_new_with_stream(stream);
	g_object_unref(stream);
	m = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	if (m == NULL) {
		*why = "that is no mail";
		return NULL;
	}
	arena_defer(a, unref, m);
	json_own(a, r.mail = json_object_new_object());
	r.attachments = json_object_new_array();
	json_object_object_add(r.mail, "Attachments", r.attachments);
	take(&r, m);
	*why = r.why;
	return r.why == NULL ? r.mail : NULL;
}
