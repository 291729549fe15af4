#ifndef HTML_TEXT_H
#define HTML_TEXT_H

#include <stddef.h>

struct arena;

/*
 * Returns the visible text of HTML, in UTF-8. Paragraphs, list items, rows and
 * line breaks become lines. Scripts, styles and comments are omitted. The arena
 * owns the result. Returns NULL if the parser stops before the end.
 */
char *html_text(struct arena *, const char *html, size_t len);

#endif
