#ifndef PDF_H
#define PDF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A line of a page: text in UTF-8, in the size of the font in points. */
struct pdf_line {
	const char *text;
	int size;
	bool bold;
};

/*
 * A document of one page (A4, PDF 1.4) with lines of text, in Helvetica and
 * windows-1252, the characters that every reader shows without a font in the
 * file.  Other characters become the closest ones, or "?".  Lines that do not
 * fit on the page are left out.
 */
const char *pdf_page(
    struct arena *, const struct pdf_line *lines, size_t n, size_t *len);

#endif
