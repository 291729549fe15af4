#ifndef MULTIPART_H
#define MULTIPART_H

#include <stdbool.h>

#include "lib/base/spool.h"

struct arena;

/* A file within a body of multipart/form-data (RFC 7578). */
struct multipart_file {
	struct spool content;
	const char *type;  /* as the client calls it, or NULL */
	const char *title; /* cleaned, or NULL */
};

/* True for a Content-Type of that kind. */
bool multipart_type(const char *content_type);

/*
 * Finds the first part that is a file, which is one with a file name.  NULL
 * when it did, else what is wrong with the body; errno is not 0 where that is
 * the disk.  Nothing of a part but its first lines is held in memory.
 */
const char *multipart_find(struct arena *, const struct spool *body,
    const char *content_type, struct multipart_file *);

#endif
