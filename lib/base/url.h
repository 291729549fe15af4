#ifndef URL_H
#define URL_H

#include <stddef.h>

struct arena;

/* encodeURIComponent() of JavaScript: keeps letters, digits, -_.!~*'(). */
const char *url_encode(struct arena *, const char *);

/* The text that url_encode() encoded; NULL: it is malformed or has a NUL. */
const char *url_decode(struct arena *, const char *);

/* The same for a name or value of a form or query, where "+" is a space. */
const char *url_decode_form(struct arena *, const char *, size_t len);

/* A path of this origin with the base URL before it; others as they are. */
const char *url_absolute(struct arena *, const char *base, const char *url);

/*
 * The URL with the query parameter set: replaces parameters with that name and
 * keeps the fragment.
 */
const char *url_with(
    struct arena *, const char *url, const char *name, const char *value);

#endif
