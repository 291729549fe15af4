#ifndef ADMISSION_QUEUE_H
#define ADMISSION_QUEUE_H

struct worker_env;

/*
 * Holds the connections of requests that wait until their organization may
 * occupy a worker, and returns the connections to the workers in their pool.
 * Runs in a separate process, in this slot, until SIGTERM, which the caller
 * must have blocked.
 */
int admission_queue_run(const struct worker_env *, int slot);

#endif
