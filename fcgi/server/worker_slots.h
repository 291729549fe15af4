#ifndef WORKER_SLOTS_H
#define WORKER_SLOTS_H

#include <stdbool.h>

/*
 * A limit on concurrent slow requests, in memory shared by all workers. A dead
 * worker's slot is freed.
 */
struct worker_slots;

/* Maps the memory. Call it once, before any fork. */
struct worker_slots *worker_slots_new(long n);

/*
 * Takes a slot for this worker. Returns false if no slot is free. With NULL
 * (CGI), always succeeds.
 */
bool worker_slots_take(struct worker_slots *);

/* Releases this worker's slot, if it has one. */
void worker_slots_leave(struct worker_slots *);

#endif
