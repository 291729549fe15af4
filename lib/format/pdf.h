#ifndef PDF_H
#define PDF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A paragraph: text in UTF-8, and the size of the font in points. */
struct pdf_line {
	const char *text;
	int size;
	bool bold;
};

/*
 * Returns a document (A4, PDF 1.5) with the lines as paragraphs, on as many
 * pages as they need. Long lines wrap. Lines in right-to-left scripts begin at
 * the right. The fonts are those that fontconfig finds on this machine, and the
 * document embeds them. The arena owns the result. If no font has a character,
 * returns NULL and sets *missing to the first such character.
 */
const char *pdf_document(struct arena *, const char *title,
    const struct pdf_line *lines, size_t n, size_t *len, const char **missing);

#endif
