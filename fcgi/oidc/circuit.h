#ifndef CIRCUIT_H
#define CIRCUIT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Circuit breakers. A server that has failed several times in a row is not
 * called for a while, so that requests do not wait for it. The workers share
 * the memory of the circuit breakers, which is initially circuits_size() bytes
 * of zeroed memory. With NULL (CGI), every call is admitted.
 */
struct circuits;

size_t circuits_size(void);

/*
 * Returns true if the server at a URL may be called. After a pause, a single
 * call is admitted. Its result determines whether later calls are admitted.
 */
bool circuit_closed(struct circuits *, const char *url);

/* Records whether the server has responded. */
void circuit_record(struct circuits *, const char *url, bool answered);

#endif
