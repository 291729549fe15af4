#ifndef FORM_H
#define FORM_H

#include "lib/base/buf.h"

struct arena;

/*
 * application/x-www-form-urlencoded, letter for letter as URLSearchParams
 * writes it: the query of a URL and the body of a form.
 */
void form_value(struct buf *, const char *value);

/* Adds "name=value", after a "&" where something stands already. */
void form_put(struct buf *, const char *name, const char *value);

/* The URL with the form in its query, after what is there already. */
const char *form_url(struct arena *, const char *url, const char *form);

#endif
