#ifndef PDF_H
#define PDF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A paragraph: text in UTF-8, in the size of the font in points. */
struct pdf_line {
	const char *text;
	int size;
	bool bold;
};

/*
 * A document (A4, PDF 1.5) with the lines as paragraphs, on as many pages as
 * they need.  Long lines wrap; a line in a script that is written from right to
 * left begins at the right.  The document contains the fonts, which are those
 * of this machine that fontconfig finds.
 *
 * The arena owns the result.  Returns NULL, with the first such character in
 * *missing, if no font of this machine has a character.
 */
const char *pdf_document(struct arena *, const char *title,
    const struct pdf_line *lines, size_t n, size_t *len, const char **missing);

#endif
