/* Writes the headers and parts of an email, with SMTP line ends. */

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "jobs/mail/mail_message.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/* Characters that fit on one line with the header name. */
#define PLAIN_MAX 60
#define WORD_MAX  48 /* per encoded word; with "=?UTF-8?Q?" at most 75 */

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static bool
is_plain(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return p - text <= PLAIN_MAX && strstr(text, "=?") == NULL;
}

/* Returns the number of bytes in the UTF-8 character at p. */
static size_t
char_len(const char *p)
{
	size_t len = 1;

	while (((unsigned char)p[len] & 0xc0) == 0x80)
		len++;
	return len;
}

static void
put_encoded(struct buf *out, const char *p, size_t len)
{
	for (; len > 0; p++, len--)
		if (*p == ' ')
			buf_puts(out, "_");
		else if (strchr(plain, *p) != NULL)
			buf_write(out, p, 1);
		else
			buf_printf(out, "=%02X", (unsigned char)*p);
}

/*
 * Encodes a text as encoded words, which contain only whole characters. Each
 * word begins a new line.
 */
const char *
mail_message_words(struct arena *a, const char *text)
{
	struct buf out;
	size_t start, len;

	if (is_plain(text))
		return text;
	buf_init(&out, a);
	buf_puts(&out, "=?UTF-8?Q?");
	for (start = out.len; *text != '\0'; text += len) {
		len = char_len(text);
		if (out.len - start + 3 * len > WORD_MAX) {
			buf_puts(&out, "?=\r\n =?UTF-8?Q?");
			start = out.len;
		}
		put_encoded(&out, text, len);
	}
	buf_puts(&out, "?=");
	return out.data;
}

/*
 * Returns a display name as a quoted string, or as encoded words if it is not
 * ASCII.
 */
static const char *
phrase(struct arena *a, const char *name)
{
	struct buf out;

	if (!is_plain(name))
		return mail_message_words(a, name);
	buf_init(&out, a);
	buf_puts(&out, "\"");
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_puts(&out, "\\");
		buf_write(&out, name, 1);
	}
	buf_puts(&out, "\"");
	return out.data;
}

static const char *
sender(struct arena *a, const struct mailbox *from)
{
	if (*from->name == '\0')
		return from->address;
	return arena_printf(a, "%s <%s>", phrase(a, from->name), from->address);
}

static const char *
date(struct arena *a, long long seconds)
{
	time_t when = (time_t)seconds;
	char text[64];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm) ==
		0)
		return "Thu, 01 Jan 1970 00:00:00 +0000";
	return arena_strdup(a, text);
}

/*
 * Converts line ends. SMTP ends lines with CR LF. A bare LF would be part of
 * the text.
 */
static const char *
with_line_ends(struct arena *a, const char *text)
{
	struct buf out;

	buf_init(&out, a);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_puts(&out, "\r\n");
		else
			buf_write(&out, text, 1);
	return out.data;
}

void
mail_message_write(struct arena *a, const struct mail_message_header *h,
    const char *text, const char *html, struct mail_message *m)
{
	const char **header = m->headers;

	m->from = h->from->address;
	m->to = h->to;
	*header++ = arena_printf(a, "From: %s", sender(a, h->from));
	*header++ = arena_printf(a, "To: %s", h->to);
	*header++ =
	    arena_printf(a, "Subject: %s", mail_message_words(a, h->subject));
	*header++ = arena_printf(a, "Date: %s", date(a, h->sent_at));
	*header++ = arena_printf(a, "Message-ID: %s", h->id);
	*header++ = arena_printf(a, "Content-Language: %s", h->language);
	*header++ = "Auto-Submitted: auto-generated";
	*header = NULL;
	m->text = with_line_ends(a, text);
	m->html = with_line_ends(a, html);
}
