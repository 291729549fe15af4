#ifndef URL_H
#define URL_H

#include <stdbool.h>

#include <stddef.h>

struct arena;

/*
 * Encodes like JavaScript's encodeURIComponent(): keeps letters, digits and
 * -_.!~*'().
 */
const char *url_encode(struct arena *, const char *);

/*
 * Decodes text that url_encode() encoded. Returns NULL if the text is malformed
 * or contains NUL.
 */
const char *url_decode(struct arena *, const char *);

/*
 * Decodes a name or value in a form or query like url_decode(), except that "+"
 * becomes a space.
 */
const char *url_decode_form(struct arena *, const char *, size_t len);

/* Prepends the base URL to a path. Returns any other URL unchanged. */
const char *url_absolute(struct arena *, const char *base, const char *url);

/*
 * Returns the URL with this query parameter. It replaces any parameters with
 * the same name. The fragment is kept.
 */
const char *url_with(
    struct arena *, const char *url, const char *name, const char *value);

/*
 * Returns true for a path or an http(s) URL, but not for other schemes such as
 * javascript:. Browsers ignore leading blanks and control characters, so these
 * are also refused.
 */
bool url_is_link(const char *);

#endif
