#ifndef FILENAME_H
#define FILENAME_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define FILENAME_CHARS_MAX 255

/*
 * Derives a display name from a path: the last part in valid UTF-8, without
 * control and bidirectional characters, and with at most FILENAME_CHARS_MAX
 * characters. Returns NULL if nothing remains.
 */
const char *filename_clean(struct arena *, const char *text, size_t len);

/*
 * Returns the Content-Disposition value (RFC 6266): inline if shown is true,
 * and attachment otherwise. If title is NULL, name is used.
 */
const char *filename_disposition(
    struct arena *, bool shown, const char *title, const char *name);

#endif
