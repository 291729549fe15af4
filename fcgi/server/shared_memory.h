#ifndef SHARED_MEMORY_H
#define SHARED_MEMORY_H

#include <pthread.h>
#include <stddef.h>

/*
 * Maps zeroed memory that is shared with all processes forked later. Ends the
 * program on a failure. munmap() frees the memory.
 */
void *shared_memory_new(size_t size);

/* Initializes a mutex in shared memory. */
void shared_mutex_init(pthread_mutex_t *);

/*
 * Locks a mutex in shared memory, even if the process that held it has died and
 * may have left the data half written. pthread_mutex_unlock() unlocks it.
 */
void shared_mutex_lock(pthread_mutex_t *);

#endif
