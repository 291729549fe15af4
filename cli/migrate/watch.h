#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

struct migration;

/* Prints the journey's newest migration with its steps. */
bool watch_status(struct migration *, bool json);

/*
 * Prints the migration's progress every two seconds, with CPU, memory, disk and
 * connections, until the migration ends or stops.
 */
bool watch_follow(struct migration *, bool json);

#endif
