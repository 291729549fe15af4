#ifndef FORM_H
#define FORM_H

#include "lib/base/buf.h"

struct arena;

/*
 * application/x-www-form-urlencoded, for the query of a URL and the body of a
 * form. The result is byte for byte the same as that of URLSearchParams.
 */
void form_value(struct buf *, const char *);

/* Appends "name=value", after "&" unless the buffer is empty. */
void form_put(struct buf *, const char *name, const char *value);

/* Returns the URL with the form appended to its query, before the fragment. */
const char *form_url(struct arena *, const char *url, const char *form);

#endif
