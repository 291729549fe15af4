#ifndef PREPARED_H
#define PREPARED_H

#include <stdbool.h>

/* The statements that one connection has prepared: text to name. */
struct prepared;

struct prepared *prepared_new(void);
void prepared_free(struct prepared *);

/*
 * True for a text that is worth keeping.  A long one is a filter of one day,
 * and the server pays some forty times its length for the plan.
 */
bool prepared_worthy(const char *text);

/* The statement's name, or NULL when it is not among them. */
const char *prepared_find(const struct prepared *, const char *text);

/* A new name for a text that is not among them; prepared_full() is false. */
const char *prepared_add(struct prepared *, const char *text);

/* True when one request more might not fit: time for a new connection. */
bool prepared_full(const struct prepared *);

void prepared_clear(struct prepared *);

#endif
