/* Decodes encoded words in mail headers (RFC 2047). */

#include <ctype.h>
#include <glib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/charset.h"
#include "lib/format/encoded_words.h"

#define BLANKS " \t\r\n"

/* =?CHARSET*LANGUAGE?ENCODING?TEXT?= */
struct word {
	const char *charset;
	size_t charset_len;
	char encoding; /* B or Q */
	const char *text;
	const char *end; /* the byte after the word */
};

static bool
read_word(const char *s, struct word *w)
{
	const char *mark;

	if (strncmp(s, "=?", 2) != 0)
		return false;
	w->charset = s + 2;
	w->charset_len = strcspn(w->charset, "?*" BLANKS);
	mark = w->charset + strcspn(w->charset, "?" BLANKS);
	if (*mark != '?' || mark[1] == '\0' || mark[2] != '?')
		return false;
	w->encoding = (char)toupper((unsigned char)mark[1]);
	w->text = mark + 3;
	mark = strstr(w->text, "?=");
	if (mark == NULL || strchr("BQ", w->encoding) == NULL)
		return false;
	w->end = mark + 2;
	return true;
}

static bool
same_charset(const struct word *w, const struct word *other)
{
	return w->charset_len == other->charset_len &&
	    strncasecmp(w->charset, other->charset, w->charset_len) == 0;
}

static void
put_printable(struct buf *bytes, const struct word *w)
{
	const char *s, *end = w->end - 2;
	char byte;

	for (s = w->text; s < end; s++) {
		byte = *s == '_' ? ' ' : *s;
		if (*s == '=' && end - s > 2 && isxdigit((unsigned char)s[1]) &&
		    isxdigit((unsigned char)s[2])) {
			byte = (char)(g_ascii_xdigit_value(s[1]) * 16 +
			    g_ascii_xdigit_value(s[2]));
			s += 2;
		}
		buf_write(bytes, &byte, 1);
	}
}

/*
 * Decodes a base64 word. Each word is complete in itself, but its padding can
 * be missing.
 */
static void
put_base64(struct buf *bytes, struct arena *a, const struct word *w)
{
	size_t n = 0, len = (size_t)(w->end - 2 - w->text), i;
	char *text = arena_alloc(a, len + 4);
	unsigned char *out = arena_alloc(a, len + 4);
	gint state = 0;
	guint save = 0;

	for (i = 0; i < len; i++)
		if (isalnum((unsigned char)w->text[i]) ||
		    strchr("+/", w->text[i]) != NULL)
			text[n++] = w->text[i];
	while (n % 4 != 0)
		text[n++] = '=';
	n = g_base64_decode_step(text, n, out, &state, &save);
	buf_write(bytes, (char *)out, n);
}

/*
 * Decodes a word and the following words with the same charset: a character can
 * be split between words. Sets *s to the end of the last word.
 */
static char *
decode_run(struct arena *a, const char **s, const struct word *first)
{
	struct word w = *first;
	struct buf bytes;
	const char *next;

	buf_init(&bytes, a);
	do {
		if (w.encoding == 'B')
			put_base64(&bytes, a, &w);
		else
			put_printable(&bytes, &w);
		*s = w.end;
		next = w.end + strspn(w.end, BLANKS);
	} while (read_word(next, &w) && same_charset(&w, first));
	return charset_decode(a,
	    arena_strndup(a, first->charset, first->charset_len), bytes.data,
	    bytes.len);
}

/* Quotes decoded text, so that an address parser reads it as text. */
static void
put_quoted(struct buf *b, const char *text, bool inside)
{
	if (!inside)
		buf_puts(b, "\"");
	for (; *text != '\0'; text++) {
		if (strchr("\"\\()", *text) != NULL)
			buf_puts(b, "\\");
		buf_write(b, text, 1);
	}
	if (!inside)
		buf_puts(b, "\"");
}

/* Replaces control characters, including those in words, with spaces. */
static char *
on_one_line(char *text)
{
	char *s;

	for (s = text; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = ' ';
	s = text + strspn(text, " ");
	return memmove(text, s, strlen(s) + 1);
}

/*
 * Returns the length of the text before the next word. Sets *inside while in
 * quotes or comments.
 */
static size_t
plain_len(const char *s, bool *inside, int *comments)
{
	struct word w;
	size_t n;

	for (n = 0; s[n] != '\0' && (n == 0 || !read_word(s + n, &w)); n++) {
		if (s[n] == '\\' && s[n + 1] != '\0')
			n++;
		else if (s[n] == '"' && *comments == 0)
			*inside = !*inside;
		else if (s[n] == '(' && !*inside)
			++*comments;
		else if (s[n] == ')' && !*inside && *comments > 0)
			--*comments;
	}
	return n;
}

char *
encoded_words_decode(struct arena *a, const char *raw, bool quoted)
{
	bool inside = false, behind = false;
	int comments = 0;
	struct word w;
	struct buf b;
	char *text;
	size_t n;

	buf_init(&b, a);
	while (*raw != '\0') {
		/* Blanks between words are not part of the text. */
		if (behind && read_word(raw + strspn(raw, BLANKS), &w))
			raw += strspn(raw, BLANKS);
		behind = read_word(raw, &w);
		if (behind) {
			text = decode_run(a, &raw, &w);
			if (quoted)
				put_quoted(&b, text, inside || comments > 0);
			else
				buf_puts(&b, text);
			continue;
		}
		n = plain_len(raw, &inside, &comments);
		text = charset_decode(a, NULL, raw, n);
		for (raw += n; *text != '\0'; text++)
			if (*text != '\r' && *text != '\n')
				buf_write(&b, text, 1);
	}
	return on_one_line(b.data);
}
