/* Cleans file names and writes Content-Disposition headers (RFC 6266). */

#include <ctype.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/storage/filename.h"

/*
 * Returns true for bidirectional controls and separators, which can disguise a
 * name: "gpj.exe" can be shown as "exe.jpg".
 */
static bool
is_deceptive(utf8proc_int32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

const char *
filename_clean(struct arena *a, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;
	size_t i, count = 0;
	struct buf b;

	buf_init(&b, a);
	for (i = 0; i < len && count < FILENAME_CHARS_MAX; i += (size_t)n) {
		n = utf8proc_iterate(s + i, (utf8proc_ssize_t)(len - i), &c);
		if (n <= 0) {
			n = 1;
			c = '_';
			buf_puts(&b, "_");
			count++;
		} else if (c == '/' || c == '\\') {
			b.len = 0;
			b.data[0] = '\0';
			count = 0;
		} else if (c >= ' ' && (c < 0x7f || c > 0x9f) &&
		    !is_deceptive(c) && (b.len > 0 || (c != ' ' && c != '.'))) {
			buf_write(&b, text + i, (size_t)n);
			count++;
		}
	}
	while (
	    b.len > 0 && (b.data[b.len - 1] == ' ' || b.data[b.len - 1] == '.'))
		b.data[--b.len] = '\0';
	return b.len > 0 ? b.data : NULL;
}

/* Writes the ASCII fallback in filename="...". */
static void
put_ascii(struct buf *b, const char *title)
{
	for (; *title != '\0'; title++)
		if (*title >= ' ' && *title < 0x7f &&
		    strchr("\"\\%", *title) == NULL)
			buf_write(b, title, 1);
		else if (((unsigned char)*title & 0xc0) != 0x80)
			buf_puts(b, "_");
}

/* Percent-encodes all characters except attr-char in RFC 8187. */
static void
put_encoded(struct buf *b, const char *title)
{
	for (; *title != '\0'; title++)
		if (isalnum((unsigned char)*title) ||
		    strchr("!#$&+-.^_`|~", *title) != NULL)
			buf_write(b, title, 1);
		else
			buf_printf(b, "%%%02X", (unsigned char)*title);
}

const char *
filename_disposition(
    struct arena *a, bool shown, const char *title, const char *name)
{
	struct buf b;

	if (title == NULL)
		title = name;
	buf_init(&b, a);
	buf_printf(&b, "%s; filename=\"", shown ? "inline" : "attachment");
	put_ascii(&b, title);
	buf_puts(&b, "\"; filename*=UTF-8''");
	put_encoded(&b, title);
	return b.data;
}
