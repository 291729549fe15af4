#ifndef FILE_URL_H
#define FILE_URL_H

#include <stddef.h>

struct arena;

/*
 * Rows store file paths, "/uploads/NAME", so that they do not depend on
 * BETTER_AUTH_URL. Returns the JSON with the base URL before each path, or the
 * unchanged JSON if it has no path. *len is the length of the JSON, before and
 * after the call.
 */
const char *file_url_absolute(
    struct arena *, const char *json, size_t *len, const char *base);

/* Does the same for a text that is not JSON, if the whole text is a path. */
const char *file_url_of_path(
    struct arena *, const char *text, size_t *len, const char *base);

#endif
