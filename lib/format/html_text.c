/* Extracts the text of an HTML email. */

#include <libxml/HTMLparser.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/format/html_text.h"

struct writing {
	struct buf text;
	int hidden;    /* open elements whose text is not shown */
	int lines;     /* line breaks before the next text */
	bool blank;    /* white space before the next text */
	bool verbatim; /* inside a pre element */
};

/* How an element separates its text from the text around it. */
static const struct {
	const char *name;
	int lines; /* line breaks before and after the element */
} blocks[] = {
	{ "address", 1 },
	{ "article", 2 },
	{ "blockquote", 2 },
	{ "center", 1 },
	{ "dd", 1 },
	{ "div", 1 },
	{ "dl", 2 },
	{ "dt", 1 },
	{ "footer", 1 },
	{ "form", 1 },
	{ "h1", 2 },
	{ "h2", 2 },
	{ "h3", 2 },
	{ "h4", 2 },
	{ "h5", 2 },
	{ "h6", 2 },
	{ "header", 1 },
	{ "hr", 2 },
	{ "li", 1 },
	{ "ol", 2 },
	{ "p", 2 },
	{ "pre", 2 },
	{ "section", 1 },
	{ "table", 2 },
	{ "tr", 1 },
	{ "ul", 2 },
};

static bool
is_one_of(const xmlChar *name, const char *names)
{
	size_t len = strlen((const char *)name);
	const char *at = strcasestr(names, (const char *)name);

	return at != NULL && at[-1] == ' ' && at[len] == ' ';
}

static int
block_lines(const xmlChar *name)
{
	size_t i;

	for (i = 0; i < sizeof blocks / sizeof *blocks; i++)
		if (strcasecmp(blocks[i].name, (const char *)name) == 0)
			return blocks[i].lines;
	return 0;
}

static void
break_lines(struct writing *w, int lines)
{
	if (w->lines < lines)
		w->lines = lines;
}

static void
put_text(struct writing *w, const char *text, size_t len)
{
	if (w->text.len > 0 && w->lines > 0)
		buf_write(&w->text, "\n\n", (size_t)w->lines);
	else if (w->text.len > 0 && w->blank)
		buf_puts(&w->text, " ");
	w->lines = 0;
	w->blank = false;
	buf_write(&w->text, text, len);
}

static void
start_element(void *from, const xmlChar *name, const xmlChar **attributes)
{
	struct writing *w = from;
	size_t i;

	if (is_one_of(name, " head script style title template noscript "))
		w->hidden++;
	break_lines(w, block_lines(name));
	if (strcasecmp((const char *)name, "br") == 0 && w->lines < 2)
		w->lines++;
	if (is_one_of(name, " td th "))
		w->blank = true;
	if (strcasecmp((const char *)name, "pre") == 0)
		w->verbatim = true;
	if (w->hidden > 0)
		return;
	if (strcasecmp((const char *)name, "li") == 0)
		put_text(w, "- ", 2);
	for (i = 0; attributes != NULL && attributes[i] != NULL; i += 2)
		if (strcasecmp((const char *)attributes[i], "alt") == 0 &&
		    attributes[i + 1] != NULL && *attributes[i + 1] != '\0')
			put_text(w, (const char *)attributes[i + 1],
			    strlen((const char *)attributes[i + 1]));
}

static void
end_element(void *from, const xmlChar *name)
{
	struct writing *w = from;

	if (is_one_of(name, " head script style title template noscript ") &&
	    w->hidden > 0)
		w->hidden--;
	break_lines(w, block_lines(name));
	if (strcasecmp((const char *)name, "pre") == 0)
		w->verbatim = false;
}

static void
take_characters(void *from, const xmlChar *characters, int n)
{
	struct writing *w = from;
	const char *s = (const char *)characters;
	size_t len = (size_t)n, word;

	if (w->hidden > 0)
		return;
	if (w->verbatim && len > 0) {
		put_text(w, s, len);
		return;
	}
	while (len > 0) {
		for (word = 0; word < len && strchr(" \t\r\n", s[word]) == NULL;
		     word++)
			continue;
		if (word > 0)
			put_text(w, s, word);
		if (word < len)
			w->blank = true;
		word += word < len;
		s += word;
		len -= word;
	}
}

char *
html_text(struct arena *a, const char *html, size_t len)
{
	htmlSAXHandler events = {
		.startElement = start_element,
		.endElement = end_element,
		.characters = take_characters,
		.cdataBlock = take_characters,
		.ignorableWhitespace = take_characters,
	};
	struct writing w = { .hidden = 0 };
	htmlParserCtxtPtr parser;
	bool whole;
	int error;

	if (len > INT_MAX)
		return NULL;
	buf_init(&w.text, a);
	parser = htmlCreatePushParserCtxt(
	    &events, &w, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (parser == NULL)
		arena_exhausted("html_text");
	htmlCtxtUseOptions(parser,
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
		HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	/* Errors in the HTML do not stop the parser. */
	error = htmlParseChunk(parser, html, (int)len, 1);
	whole = parser->disableSAX == 0;
	htmlFreeParserCtxt(parser);
	if (error == XML_ERR_NO_MEMORY)
		arena_exhausted("html_text");
	return whole ? w.text.data : NULL;
}
