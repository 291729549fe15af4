#ifndef CHARSET_H
#define CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * Decodes a text to UTF-8 without losing a byte. The charset name may be NULL,
 * unknown or wrong: valid UTF-8 is read as UTF-8, unless the charset has
 * several bytes per character. Any byte that is invalid in the charset is read
 * as windows-1252. ISO 8859-1 is read as windows-1252, as in browsers. NUL
 * characters are removed. The arena owns the result.
 */
char *charset_decode(
    struct arena *, const char *charset, const char *bytes, size_t len);

/* Returns true for valid UTF-8. */
bool charset_is_utf8(const char *bytes, size_t len);

#endif
