/* Parses a MIME message into headers, text and attachments. */

/*
 * GMime finds the parts and decodes their transfer encodings. charset.c and
 * encoded_words.c decode charsets and encoded words: GMime loses bytes that are
 * invalid in the charset, and loses the text after some encoded words.
 */

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/format/charset.h"
#include "lib/format/encoded_words.h"
#include "lib/format/html_text.h"
#include "lib/format/mime.h"

#define DEPTH_MAX 20
#define PARTS_MAX 500

/* The parser state for one email. */
struct reading {
	struct arena *arena;
	struct json_object *mail;
	struct json_object *attachments;
	struct buf text;
	size_t nparts;
	const char *why; /* reason why a part cannot be read, or NULL */
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

static void
put(struct json_object *into, const char *member, const char *value)
{
	if (value != NULL && *value != '\0')
		json_object_object_add(
		    into, member, json_object_new_string(value));
}

/* Converts any text from GMime to valid UTF-8. */
static void
put_any(struct arena *a, struct json_object *into, const char *member,
    const char *value)
{
	if (value != NULL)
		put(into, member,
		    charset_decode(a, NULL, value, strlen(value)));
}

/* Returns the decoded value of a header, or NULL if there is none. */
static char *
header(struct arena *a, GMimeObject *o, const char *name, bool quoted)
{
	GMimeHeader *h = g_mime_header_list_get_header(
	    g_mime_object_get_header_list(o), name);

	return h == NULL
	    ? NULL
	    : encoded_words_decode(a, g_mime_header_get_raw_value(h), quoted);
}

/* Returns the decoded bytes of a part. The arena owns the bytes. */
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

	put_any(r->arena, one, "Name", name);
	put_any(r->arena, one, "ContentType", type);
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

/* Ends lines with LF. GMime leaves the CR before a boundary. */
static void
unify_lines(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (*text != '\r')
			*to++ = *text;
		else if (text[1] != '\n' && text[1] != '\0')
			*to++ = '\n';
	*to = '\0';
}

/* Appends the text of a part to the text of the email. */
static void
take_text(struct reading *r, GMimeObject *o, bool html)
{
	const char *charset =
	    g_mime_object_get_content_type_parameter(o, "charset");
	GByteArray *bytes = content(r, GMIME_PART(o));
	char *text = charset_decode(
	    r->arena, charset, (const char *)bytes->data, bytes->len);

	unify_lines(text);
	if (html && (text = html_text(r->arena, text, strlen(text))) == NULL) {
		r->why = "its HTML cannot be read";
		return;
	}
	if (text[strspn(text, " \t\r\n")] == '\0')
		return;
	if (r->text.len > 0)
		buf_puts(&r->text, "\n\n");
	buf_puts(&r->text, text);
}

/*
 * Returns a file's name. GMime decodes names as RFC 2231 specifies, but does
 * not decode encoded words.
 */
static const char *
file_name(struct reading *r, GMimeObject *o)
{
	const char *disposition =
	    header(r->arena, o, "Content-Disposition", true);
	const char *type = header(r->arena, o, "Content-Type", true);
	GMimeContentDisposition *said;
	GMimeContentType *typed;
	const char *name = NULL;

	if (disposition != NULL) {
		said = g_mime_content_disposition_parse(NULL, disposition);
		arena_defer(r->arena, unref, said);
		name =
		    g_mime_content_disposition_get_parameter(said, "filename");
	}
	if (name == NULL && type != NULL) {
		typed = g_mime_content_type_parse(NULL, type);
		arena_defer(r->arena, unref, typed);
		name = g_mime_content_type_get_parameter(typed, "name");
	}
	return name;
}

/*
 * Handles a part without children. alternative means that a plain text part has
 * the same content.
 */
static void
take_leaf(struct reading *r, GMimeObject *o, bool alternative)
{
	const char *name = file_name(r, o);
	const char *type = type_of(r->arena, o);
	GByteArray *bytes;

	if (name == NULL && !g_mime_part_is_attachment(GMIME_PART(o))) {
		if (g_ascii_strcasecmp(type, "text/plain") == 0)
			take_text(r, o, false);
		if (g_ascii_strcasecmp(type, "text/plain") == 0 ||
		    alternative ||
		    !GMIME_IS_TEXT_PART(o)) /* a signature, or used in HTML */
			return;
		if (g_ascii_strcasecmp(type, "text/html") == 0) {
			take_text(r, o, true);
			return;
		}
	}
	bytes = content(r, GMIME_PART(o));
	attach(r, name != NULL ? name : "attachment", type, bytes->data,
	    bytes->len);
}

/* Stores an attached email as a file. */
static void
take_message(struct reading *r, GMimeObject *o)
{
	GMimeMessage *inner =
	    g_mime_message_part_get_message(GMIME_MESSAGE_PART(o));
	const char *subject;
	char *raw;

	if (inner == NULL)
		return;
	subject = header(r->arena, GMIME_OBJECT(inner), "Subject", false);
	raw = g_mime_object_to_string(GMIME_OBJECT(inner), NULL);
	attach(r,
	    arena_printf(
		r->arena, "%s.eml", subject != NULL ? subject : "message"),
	    "message/rfc822", raw, strlen(raw));
	g_free(raw);
}

/* Returns true if a part has plain text that is not an attachment. */
static bool
has_plain(struct reading *r, GMimeObject *o, int depth)
{
	int i, n;

	if (o == NULL || depth > DEPTH_MAX)
		return false;
	if (!GMIME_IS_MULTIPART(o))
		return GMIME_IS_PART(o) &&
		    g_ascii_strcasecmp(type_of(r->arena, o), "text/plain") ==
		    0 &&
		    !g_mime_part_is_attachment(GMIME_PART(o)) &&
		    content(r, GMIME_PART(o))->len > 2;
	n = g_mime_multipart_get_count(GMIME_MULTIPART(o));
	for (i = 0; i < n; i++)
		if (has_plain(r,
			g_mime_multipart_get_part(GMIME_MULTIPART(o), i),
			depth + 1))
			return true;
	return false;
}

static void
walk(struct reading *r, GMimeObject *o, bool alternative, int depth)
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
		if (n <= PARTS_MAX &&
		    g_ascii_strcasecmp(
			type_of(r->arena, o), "multipart/alternative") == 0)
			alternative = has_plain(r, o, depth);
		for (i = 0; i < n; i++)
			walk(r,
			    g_mime_multipart_get_part(GMIME_MULTIPART(o), i),
			    alternative, depth + 1);
	} else if (GMIME_IS_PART(o)) {
		take_leaf(r, o, alternative);
	}
}

static struct json_object *
mailbox(struct arena *a, InternetAddress *address)
{
	struct json_object *one = json_object_new_object();

	put_any(a, one, "Email",
	    internet_address_mailbox_get_addr(
		INTERNET_ADDRESS_MAILBOX(address)));
	put_any(a, one, "Name", internet_address_get_name(address));
	return one;
}

/* Replaces address groups with their members. */
static void
flatten(struct arena *a, struct json_object *into, InternetAddressList *list,
    int depth)
{
	int i, n = list != NULL ? internet_address_list_length(list) : 0;
	InternetAddress *one;

	for (i = 0; i < n && depth < DEPTH_MAX; i++) {
		one = internet_address_list_get_address(list, i);
		if (INTERNET_ADDRESS_IS_GROUP(one))
			flatten(a, into,
			    internet_address_group_get_members(
				INTERNET_ADDRESS_GROUP(one)),
			    depth + 1);
		else
			json_object_array_add(into, mailbox(a, one));
	}
}

/* Returns the addresses in all headers with this name. */
static struct json_object *
addresses(struct reading *r, GMimeMessage *m, const char *name)
{
	struct json_object *all = json_object_new_array();
	GMimeHeaderList *headers =
	    g_mime_object_get_header_list(GMIME_OBJECT(m));
	int i, n = g_mime_header_list_get_count(headers);
	InternetAddressList *list;
	GMimeHeader *h;

	for (i = 0; i < n; i++) {
		h = g_mime_header_list_get_header_at(headers, i);
		if (g_ascii_strcasecmp(g_mime_header_get_name(h), name) != 0)
			continue;
		list = internet_address_list_parse(NULL,
		    encoded_words_decode(
			r->arena, g_mime_header_get_raw_value(h), true));
		flatten(r->arena, all, list, 0);
		if (list != NULL)
			g_object_unref(list);
	}
	return all;
}

static void
take_sender(struct reading *r, GMimeMessage *m)
{
	struct json_object *all = addresses(r, m, "From");

	json_own(r->arena, all);
	if (json_object_array_length(all) > 0)
		json_share(
		    r->mail, "FromFull", json_object_array_get_idx(all, 0));
}

/* Reads the headers that the receiving mail server added. */
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
		put_any(r->arena, one, "Value", value);
		json_object_array_add(all, one);
	}
	value = g_mime_object_get_header(GMIME_OBJECT(m), "X-Original-To");
	if (value == NULL)
		value =
		    g_mime_object_get_header(GMIME_OBJECT(m), "Delivered-To");
	put_any(r->arena, r->mail, "OriginalRecipient", value);
}

static void
take(struct reading *r, GMimeMessage *m)
{
	GMimeObject *o = GMIME_OBJECT(m);

	put_any(
	    r->arena, r->mail, "MessageID", g_mime_message_get_message_id(m));
	put(r->mail, "Subject", header(r->arena, o, "Subject", false));
	put_any(r->arena, r->mail, "Date", g_mime_object_get_header(o, "Date"));
	take_sender(r, m);
	json_object_object_add(r->mail, "ToFull", addresses(r, m, "To"));
	json_object_object_add(r->mail, "CcFull", addresses(r, m, "Cc"));
	json_object_object_add(r->mail, "BccFull", addresses(r, m, "Bcc"));
	take_headers(r, m);
	walk(r, g_mime_message_get_mime_part(m), false, 0);
}

/* Stores an email with unreadable parts as a file. */
static void
keep_whole(struct reading *r, const char *raw, size_t len)
{
	put(r->mail, "Unreadable", r->why);
	r->attachments = json_object_new_array();
	attach(r, MIME_WHOLE, "message/rfc822", raw, len);
	json_object_object_add(r->mail, "Attachments", r->attachments);
	buf_init(&r->text, r->arena);
	buf_printf(&r->text,
	    "This message could not be read: %s. It is in "
	    "the file %s.",
	    r->why, MIME_WHOLE);
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
	buf_init(&r.text, a);
	r.attachments = json_object_new_array();
	json_object_object_add(r.mail, "Attachments", r.attachments);
	take(&r, m);
	if (r.why != NULL)
		keep_whole(&r, raw, len);
	put(r.mail, "TextBody", r.text.data);
	return r.mail;
}
