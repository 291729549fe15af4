#ifndef PREPARED_H
#define PREPARED_H

#include <stdbool.h>

struct arena;

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

/* A name that no statement of the connection has had. */
const char *prepared_new_name(struct prepared *, struct arena *);

/* Keeps a statement that the server has prepared under that name. */
void prepared_add(struct prepared *, const char *text, const char *name);

/* True when one request more might not fit: time for a new connection. */
bool prepared_full(const struct prepared *);

void prepared_clear(struct prepared *);

#endif
