#ifndef FILENAME_H
#define FILENAME_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define FILENAME_CHARS_MAX 255

/*
 * Makes a display name of a path: the last part, valid UTF-8, without control
 * and bidirectional characters, at most FILENAME_CHARS_MAX characters.  NULL
 * if nothing remains.
 */
const char *filename_clean(struct arena *, const char *text, size_t len);

/*
 * Returns the value of Content-Disposition (RFC 6266): inline if shown is true,
 * otherwise attachment. If title is NULL, name is used.
 */
const char *filename_disposition(
    struct arena *, bool shown, const char *title, const char *name);

#endif
