#ifndef PDF_H
#define PDF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A paragraph: UTF-8 text, and the font size in points. */
struct pdf_line {
	const char *text;
	int size;
	bool bold;
};

/*
 * Returns a document (A4, PDF 1.5) with the lines as paragraphs, on as many
 * pages as they need. Long lines wrap. Lines in right-to-left scripts begin at
 * the right. The document embeds its fonts, which fontconfig finds on this
 * machine. The arena owns the result. Returns NULL and sets *missing to the
 * first character that no font has, if there is one.
 */
const char *pdf_document(struct arena *, const char *title,
    const struct pdf_line *lines, size_t n, size_t *len, const char **missing);

#endif
