#ifndef PREPARED_H
#define PREPARED_H

#include <stdbool.h>

struct arena;

/*
 * A hash table that maps the text of a connection's prepared statements to
 * names.
 */
struct prepared;

struct prepared *prepared_new(void);
void prepared_free(struct prepared *);

/*
 * Returns true if a statement should be prepared. A long text is an unusual
 * filter that is not repeated, and its plan takes about 40 times the text's
 * length in the server's memory.
 */
bool prepared_worthy(const char *text);

/* Returns the name of a statement, or NULL if it is not prepared. */
const char *prepared_find(const struct prepared *, const char *text);

/* Generates a name that is unique in this connection. */
const char *prepared_new_name(struct prepared *, struct arena *);

/* Records a statement that the server has prepared. */
void prepared_add(struct prepared *, const char *text, const char *name);

/*
 * Returns true if the statements of one more request might not fit. If so, open
 * a new connection.
 */
bool prepared_full(const struct prepared *);

/* Forgets all statements after the connection was closed. */
void prepared_clear(struct prepared *);

#endif
