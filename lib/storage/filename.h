#ifndef FILENAME_H
#define FILENAME_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define FILENAME_BYTES_MAX 255 /* characters of UTF-8 */

/*
 * What a person calls a file: the last part of a path, of UTF-8, without
 * control characters and those that turn the reading around, and not too
 * long.  NULL where nothing is left of it.
 */
const char *filename_clean(struct arena *, const char *text, size_t len);

/* Content-Disposition of a file under that title, RFC 6266. */
const char *filename_disposition(
    struct arena *, bool shown, const char *title, const char *name);

#endif
