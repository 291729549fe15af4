#ifndef WORKER_SLOTS_H
#define WORKER_SLOTS_H

#include <stdbool.h>

/*
 * A limit on concurrent slow requests, in memory shared by all workers. The
 * slot of a dead worker is freed.
 */
struct worker_slots;

/* Maps the memory; call once, before any fork. */
struct worker_slots *worker_slots_new(long n);

/*
 * Takes a slot for this worker. Returns false if none is free. With NULL (CGI),
 * always succeeds.
 */
bool worker_slots_take(struct worker_slots *);

/* Releases the slot of this worker, if it has one. */
void worker_slots_leave(struct worker_slots *);

#endif
