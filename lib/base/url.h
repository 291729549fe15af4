#ifndef URL_H
#define URL_H

struct arena;

/* As JavaScript's encodeURIComponent: letters, digits and -_.!~*'() stay. */
const char *url_encode(struct arena *, const char *);

/* A path of this origin with the base URL before it; others as they are. */
const char *url_absolute(struct arena *, const char *base, const char *url);

/*
 * The URL with that parameter in its query, in place of any of its name, and
 * the fragment still at its end.
 */
const char *url_with(
    struct arena *, const char *url, const char *name, const char *value);

#endif
