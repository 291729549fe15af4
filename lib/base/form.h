#ifndef FORM_H
#define FORM_H

#include "lib/base/buf.h"

struct arena;

/*
 * Encodes a value as application/x-www-form-urlencoded, for a URL query or a
 * form body. The result is identical to that of URLSearchParams, byte for byte.
 */
void form_value(struct buf *, const char *);

/* Appends "name=value", after "&" unless the buffer is empty. */
void form_put(struct buf *, const char *name, const char *value);

/* Returns the URL with the form appended to its query, before the fragment. */
const char *form_url(struct arena *, const char *url, const char *form);

#endif
