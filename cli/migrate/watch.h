#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

struct migration;

/* Prints the newest migration of the journey with its steps. */
bool watch_status(struct migration *, bool json);

/*
 * Prints every two seconds how far it is, with CPU, memory, disk and
 * connections, until it ends or stops.
 */
bool watch_follow(struct migration *, bool json);

#endif
