#ifndef WORKER_SLOTS_H
#define WORKER_SLOTS_H

#include <stdbool.h>

/*
 * Places for what only so many workers may do at once, in memory that all
 * workers of a supervisor share.  One whose worker died is free again.
 */
struct worker_slots;

/* Maps the memory; call once, before any fork. */
struct worker_slots *worker_slots_new(long n);

/* Takes one for this worker; false when none is free.  Under CGI, where there
 * is no pool to fill, places are NULL and nobody is refused. */
bool worker_slots_take(struct worker_slots *);

/* Gives it back, if this worker has one. */
void worker_slots_leave(struct worker_slots *);

#endif
