#ifndef CIRCUIT_H
#define CIRCUIT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Circuit breakers: a server that has failed several times in a row is not
 * called for a while, so that requests do not wait for it. They are in memory
 * that the workers share; zeroed memory of circuits_size() bytes is valid. NULL
 * (CGI) never breaks.
 */
struct circuits;

size_t circuits_size(void);

/*
 * True if the server of a URL may be called. After a pause, a single call is
 * admitted, whose result decides about the following ones.
 */
bool circuit_closed(struct circuits *, const char *url);

/* Records whether the server has answered. */
void circuit_record(struct circuits *, const char *url, bool answered);

#endif
