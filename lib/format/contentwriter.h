#ifndef CONTENTWRITER_H
#define CONTENTWRITER_H

#include <stddef.h>

struct buf;

/*
 * Writes the lines of contentline.h.  One is begun by its name and parameters,
 * "TEL;TYPE=work:", goes on with values, and content_end() folds it, to 75
 * bytes at most.  Control characters, which a line cannot hold, are left out.
 */
size_t content_begin(struct buf *, const char *head);
void content_put_text(struct buf *, const char *text);
void content_put_uri(struct buf *, const char *uri);
void content_end(struct buf *, size_t begun);

/* A line of one text; none at all for NULL. */
void content_put(struct buf *, const char *head, const char *text);

#endif
