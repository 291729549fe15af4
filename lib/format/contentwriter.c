/* Writes content lines, the syntax of vCard and iCalendar (RFC 6350, 5545). */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/contentwriter.h"

#define FOLD 75 /* bytes per line */

size_t
content_begin(struct buf *b, const char *head)
{
	size_t begun = b->len;

	buf_puts(b, head);
	return begun;
}

void
content_put_text(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_puts(b, "\\n");
		else if (strchr("\\,;", *text) != NULL)
			buf_printf(b, "\\%c", *text);
		else if ((unsigned char)*text >= ' ' || *text == '\t')
			buf_write(b, text, 1);
}

void
content_put_uri(struct buf *b, const char *uri)
{
	for (; *uri != '\0'; uri++)
		if ((unsigned char)*uri <= ' ' || *uri == '\\')
			buf_printf(b, "%%%02X", (unsigned char)*uri);
		else
			buf_write(b, uri, 1);
}

/*
 * Returns the length of the longest prefix that consists of whole characters
 * and has at most this many bytes.
 */
static size_t
fold_len(const char *s, size_t len, size_t most)
{
	if (len <= most)
		return len;
	while (((unsigned char)s[most] & 0xc0) == 0x80)
		most--;
	return most;
}

void
content_end(struct buf *b, size_t begun)
{
	const char *s =
	    arena_strndup(b->arena, b->data + begun, b->len - begun);
	size_t left = b->len - begun, n = fold_len(s, left, FOLD);

	b->len = begun;
	for (;;) {
		buf_write(b, s, n);
		buf_puts(b, "\r\n");
		s += n;
		left -= n;
		if (left == 0)
			return;
		buf_puts(b, " ");
		n = fold_len(s, left, FOLD - 1);
	}
}

void
content_put(struct buf *b, const char *head, const char *text)
{
	size_t begun;

	if (text == NULL)
		return;
	begun = content_begin(b, head);
	content_put_text(b, text);
	content_end(b, begun);
}
