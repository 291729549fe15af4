#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

struct migration;

/* Prints the newest migration of the journey with its steps. */
bool watch_status(struct migration *, bool json);

/*
 * Prints its progress every two seconds, with CPU, memory, disk and
 * connections, until the migration ends or stops.
 */
bool watch_follow(struct migration *, bool json);

#endif
