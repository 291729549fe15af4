#ifndef URL_H
#define URL_H

struct arena;

/* encodeURIComponent() of JavaScript: keeps letters, digits, -_.!~*'(). */
const char *url_encode(struct arena *, const char *);

/* Prepends the base URL to a path; returns a complete URL unchanged. */
const char *url_absolute(struct arena *, const char *base, const char *url);

/*
 * The URL with the query parameter set: replaces parameters of that name and
 * keeps the fragment.
 */
const char *url_with(
    struct arena *, const char *url, const char *name, const char *value);

#endif
