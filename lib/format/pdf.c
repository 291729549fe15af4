/* Writes a page of text as PDF. */

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/format/pdf.h"

#define MARGIN 57  /* points; 20 mm */
#define TOP    785 /* of the first line, in points from below */
#define NPARTS 6   /* objects of the document */

/* Appends a character of windows-1252, escaped in a PDF string. */
static void
put_char(struct buf *b, unsigned char c)
{
	if (c == '(' || c == ')' || c == '\\')
		buf_printf(b, "\\%c", c);
	else if (c < ' ' || c > '~')
		buf_printf(b, "\\%03o", c);
	else
		buf_printf(b, "%c", c);
}

/* Converts character by character, so that one of them spoils no other. */
static void
put_text(struct buf *b, iconv_t conv, const char *text)
{
	char in[4], out[8], *from, *to;
	size_t left, room, len;

	for (; *text != '\0'; text += len) {
		for (len = 1; len < sizeof in && (text[len] & 0xc0) == 0x80;)
			len++;
		memcpy(in, text, len);
		from = in;
		to = out;
		left = len;
		room = sizeof out;
		if (iconv(conv, &from, &left, &to, &room) == (size_t)-1 ||
		    to == out) {
			out[0] = '?';
			to = out + 1;
			iconv(conv, NULL, NULL, NULL, NULL);
		}
		for (from = out; from < to; from++)
			put_char(b, (unsigned char)*from);
	}
}

static void
put_lines(struct buf *b, const struct pdf_line *lines, size_t n)
{
	iconv_t conv = iconv_open("WINDOWS-1252//TRANSLIT", "UTF-8");
	int at = TOP;
	size_t i;

	if (conv == (iconv_t)-1)
		fatal("pdf: iconv does not know windows-1252");
	for (i = 0; i < n && at > MARGIN; i++) {
		buf_printf(b, "BT /F%d %d Tf %d %d Td (", lines[i].bold ? 2 : 1,
		    lines[i].size, MARGIN, at);
		put_text(b, conv, lines[i].text);
		buf_puts(b, ") Tj ET\n");
		at -= lines[i].size * 3 / 2;
	}
	iconv_close(conv);
}

#define FONT(name)                                                             \
	"<</Type/Font/Subtype/Type1/BaseFont/" name                            \
	"/Encoding/WinAnsiEncoding>>"

const char *
pdf_page(struct arena *a, const struct pdf_line *lines, size_t n, size_t *len)
{
	static const char *const parts[NPARTS - 1] = {
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents "
		"6 0 R/Resources<</Font<</F1 4 0 R/F2 5 0 R>>>>>>",
		FONT("Helvetica"),
		FONT("Helvetica-Bold"),
	};
	size_t starts[NPARTS], table, i;
	struct buf b, text;

	buf_init(&text, a);
	put_lines(&text, lines, n);
	buf_init(&b, a);
	buf_puts(&b, "%PDF-1.4\n");
	for (i = 0; i < NPARTS - 1; i++) {
		starts[i] = b.len;
		buf_printf(&b, "%zu 0 obj%s\nendobj\n", i + 1, parts[i]);
	}
	starts[i] = b.len;
	buf_printf(&b, "%d 0 obj<</Length %zu>>stream\n", NPARTS, text.len);
	buf_write(&b, text.data, text.len);
	buf_puts(&b, "endstream\nendobj\n");
	table = b.len;
	buf_printf(&b, "xref\n0 %d\n0000000000 65535 f \n", NPARTS + 1);
	for (i = 0; i < NPARTS; i++)
		buf_printf(&b, "%010zu 00000 n \n", starts[i]);
	buf_printf(&b,
	    "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
	    NPARTS + 1, table);
	*len = b.len;
	return b.data;
}
