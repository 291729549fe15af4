#ifndef URL_H
#define URL_H

#include <stddef.h>

struct arena;

/*
 * Encodes like encodeURIComponent() of JavaScript: keeps letters, digits and
 * -_.!~*'().
 */
const char *url_encode(struct arena *, const char *);

/*
 * Decodes a text of url_encode(). Returns NULL if the text is malformed or
 * contains NUL.
 */
const char *url_decode(struct arena *, const char *);

/*
 * Decodes a name or value of a form or query like url_decode(), but "+" is a
 * space.
 */
const char *url_decode_form(struct arena *, const char *, size_t len);

/* Puts the base URL before a path. Returns other URLs unchanged. */
const char *url_absolute(struct arena *, const char *base, const char *url);

/*
 * Sets a query parameter in a URL: replaces parameters with that name and keeps
 * the fragment.
 */
const char *url_with(
    struct arena *, const char *url, const char *name, const char *value);

#endif
