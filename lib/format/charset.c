/* Decodes text in any charset, even if the charset is wrong or unknown. */

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/charset.h"

#define NAME_MAX_LEN 40
#define WESTERN      "windows-1252" /* decoded by put_western() */

/* Common charset labels, and the superset that each label stands for. */
static const struct {
	const char *said, *meant;
} supersets[] = {
	{ "us-ascii", WESTERN },
	{ "ascii", WESTERN },
	{ "iso-8859-1", WESTERN },
	{ "iso8859-1", WESTERN },
	{ "latin1", WESTERN },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-8-e", "ISO-8859-8" },
	{ "iso-8859-9", "CP1254" },
	{ "iso-8859-11", "CP874" },
	{ "tis-620", "CP874" },
	{ "gb2312", "GB18030" },
	{ "gbk", "GB18030" },
	{ "ks_c_5601-1987", "CP949" },
	{ "euc-kr", "CP949" },
	{ "shift_jis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "big5", "BIG5-HKSCS" },
	{ "x-mac-roman", "MACINTOSH" },
	{ "unicode-1-1-utf-7", "UTF-7" },
};

/* Prefixes of charsets with one byte per character. */
static const char *const narrow[] = { "windows-", "cp125", "iso-8859-",
	"iso8859-", "koi8", "mac", "latin", NULL };

static const char *
superset(const char *charset)
{
	size_t i;

	for (i = 0; i < sizeof supersets / sizeof *supersets; i++)
		if (strcasecmp(charset, supersets[i].said) == 0)
			return supersets[i].meant;
	return charset;
}

static bool
is_narrow(const char *charset)
{
	size_t i;

	for (i = 0; narrow[i] != NULL; i++)
		if (strncasecmp(charset, narrow[i], strlen(narrow[i])) == 0)
			return true;
	return false;
}

/*
 * Returns true for a plain name. iconv interprets other characters, as in
 * "//IGNORE".
 */
static bool
is_name(const char *charset)
{
	return charset != NULL && *charset != '\0' &&
	    strlen(charset) <= NAME_MAX_LEN &&
	    strspn(charset,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_.:") == strlen(charset);
}

bool
charset_is_utf8(const char *bytes, size_t len)
{
	const utf8proc_uint8_t *s = (const utf8proc_uint8_t *)bytes;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;

	for (; len > 0; s += n, len -= (size_t)n)
		if ((n = utf8proc_iterate(s, (utf8proc_ssize_t)len, &c)) <= 0)
			return false;
	return true;
}

/* Writes a windows-1252 byte. Undefined bytes become control characters. */
static void
put_western(struct buf *b, unsigned char byte)
{
	static const uint16_t high[32] = { 0x20ac, 0x81, 0x201a, 0x192, 0x201e,
		0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
		0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
		0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d,
		0x17e, 0x178 };
	utf8proc_uint8_t text[4];
	utf8proc_int32_t c =
	    byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;

	buf_write(b, (char *)text, (size_t)utf8proc_encode_char(c, text));
}

/*
 * Converts as much as possible. Decodes a byte that iconv refuses as
 * windows-1252.
 */
static void
convert(struct buf *b, iconv_t conv, char *from, size_t left)
{
	char piece[4096], *to;
	size_t room;
	bool fits;

	while (left > 0) {
		to = piece;
		room = sizeof piece;
		fits = iconv(conv, &from, &left, &to, &room) != (size_t)-1 ||
		    errno == E2BIG;
		buf_write(b, piece, (size_t)(to - piece));
		if (!fits && left > 0) {
			put_western(b, (unsigned char)*from++);
			left--;
		}
	}
	to = piece;
	room = sizeof piece;
	if (iconv(conv, NULL, NULL, &to, &room) != (size_t)-1)
		buf_write(b, piece, (size_t)(to - piece));
}

static char *
without_nul(char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		if (text[i] != '\0')
			text[n++] = text[i];
	text[n] = '\0';
	return text;
}

char *
charset_decode(
    struct arena *a, const char *charset, const char *bytes, size_t len)
{
	const char *name = is_name(charset) ? superset(charset) : WESTERN;
	iconv_t conv = (iconv_t)-1;
	bool unicode = charset_is_utf8(bytes, len);
	struct buf b;
	char *copy;

	buf_init(&b, a);
	if (unicode && (strcasecmp(name, "UTF-8") == 0 || is_narrow(name))) {
		buf_write(&b, bytes, len);
		return without_nul(b.data, b.len);
	}
	if (strcasecmp(name, WESTERN) != 0)
		conv = iconv_open("UTF-8", name);
	if (conv == (iconv_t)-1 && unicode) {
		buf_write(&b, bytes, len);
	} else if (conv == (iconv_t)-1) {
		while (len-- > 0)
			put_western(&b, (unsigned char)*bytes++);
	} else {
		copy = arena_alloc(a, len + 1);
		memcpy(copy, bytes, len);
		convert(&b, conv, copy, len);
	}
	if (conv != (iconv_t)-1)
		iconv_close(conv);
	return without_nul(b.data, b.len);
}
