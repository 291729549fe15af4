#ifndef CONTENTWRITER_H
#define CONTENTWRITER_H

#include <stddef.h>

struct buf;

/*
 * Writes the lines that contentline.h reads.  content_begin() writes the name
 * and parameters, "TEL;TYPE=work:", and returns the position that
 * content_end() takes, which folds the line at 75 bytes.  The functions
 * between them append values: text is escaped and loses control characters.
 */
size_t content_begin(struct buf *, const char *head);
void content_put_text(struct buf *, const char *text);
void content_put_uri(struct buf *, const char *uri);
void content_end(struct buf *, size_t begun);

/* Writes a line with a text value; nothing if text is NULL. */
void content_put(struct buf *, const char *head, const char *text);

#endif
