#ifndef CONTENTWRITER_H
#define CONTENTWRITER_H

#include <stddef.h>

struct buf;

/*
 * These functions write the lines that contentline.h reads. content_begin()
 * writes the name and parameters, "TEL;TYPE=work:", and returns a position for
 * content_end(), which folds the line at 75 bytes. The functions to call
 * between these two append values. They escape text and remove its control
 * characters.
 */
size_t content_begin(struct buf *, const char *head);
void content_put_text(struct buf *, const char *text);
void content_put_uri(struct buf *, const char *uri);
void content_end(struct buf *, size_t begun);

/* Writes a line with a text value. Writes nothing if text is NULL. */
void content_put(struct buf *, const char *head, const char *text);

#endif
