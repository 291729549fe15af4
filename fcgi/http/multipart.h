#ifndef MULTIPART_H
#define MULTIPART_H

#include <stdbool.h>

#include "lib/base/spool.h"

struct arena;

/* A file in a multipart/form-data body (RFC 7578). */
struct multipart_file {
	struct spool content;
	const char *type;  /* Content-Type of the part, or NULL */
	const char *title; /* filename_clean(), or NULL */
};

/* Returns true for the Content-Type multipart/form-data. */
bool multipart_type(const char *content_type);

/*
 * Finds the first part with a filename. Returns NULL on success, and an error
 * message otherwise. After a read error, errno is not 0. Only the headers of
 * parts are loaded into memory.
 */
const char *multipart_find(struct arena *, const struct spool *body,
    const char *content_type, struct multipart_file *);

#endif
