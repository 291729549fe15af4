#ifndef ADMISSION_H
#define ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "fcgi/http/handoff.h"

struct config;

/*
 * Bounds how many workers of a pool one caller can occupy, in memory shared by
 * all workers on this host.
 *
 * A request counts for an organization, for the user who sent it and for the
 * organization's founder. Each of these holders may always occupy its share of
 * a pool (TENANTRY_ORGANIZATION_SHARE; founders twice that). Holders may occupy
 * more while a quarter of the pool remains free, unless one of them has
 * recently sent slow requests to the pool. One worker in each pool never serves
 * slow holders. Requests that exceed these limits wait in the admission queue
 * without a worker.
 */
struct admission;

#define ADMISSION_POOLS 3
/* Maximum number of processes in all pools in two generations. */
#define ADMISSION_SLOTS 1024

/* Maps the memory. Call it once, before any fork. */
struct admission *admission_new(const struct config *);

/*
 * Adds a pool. A request that takes more than slow_ms is slow; 0 means never.
 */
void admission_pool(
    struct admission *, int pool, const char *name, long workers, long slow_ms);

/* Returns true if a pool has more workers than one organization may occupy. */
bool admission_bounds(const struct admission *);

/* Returns true if requests can be slow in this pool. */
bool admission_slows(const struct admission *, int pool);

/* Finds the unit of a credential. Returns false if the unit is unknown. */
bool admission_unit(struct admission *, uint64_t credential, struct unit *);

/*
 * Remembers the unit of a credential for a minute. Also remembers that this
 * unit occupies the worker in the slot, if that worker is occupied.
 */
void admission_learn(
    struct admission *, int slot, uint64_t credential, const struct unit *);

/* Forgets the units of all credentials. */
void admission_forget(struct admission *);

/*
 * Returns a nonzero number for a text, such as the id of an organization or a
 * credential.
 */
uint64_t admission_number(const char *text);

/* Returns true if both units have the same holders. */
bool admission_same(const struct unit *, const struct unit *);

/*
 * Occupies the worker in a slot of the supervisor's table. Returns false if the
 * unit must wait. If the unit is NULL, the call succeeds only if the pool is
 * idle.
 */
bool admission_enter(
    struct admission *, int slot, int pool, const struct unit *);

/* Occupies a worker that the queue has reserved for the request. */
void admission_claim(
    struct admission *, int slot, int pool, const struct unit *);

/* Returns true if the request in the slot has become slow. */
bool admission_took_long(struct admission *, int slot);

/*
 * Ends a worker's request. Returns true if the queue could now admit a waiting
 * request.
 */
bool admission_leave(struct admission *, int slot);

/* Frees the entries of a worker or queue that has died. */
void admission_died(struct admission *, int slot);

/*
 * For the queue: counts a waiting request. Returns false if too many requests
 * are waiting.
 */
bool admission_wait(
    struct admission *, int slot, int pool, const struct unit *);
void admission_unwait(
    struct admission *, int slot, int pool, const struct unit *);

/* For the queue: reserves a worker for a waiting request. */
bool admission_reserve(struct admission *, int pool, const struct unit *);

/*
 * Closes the admission. The waiting requests are then answered before the last
 * worker exits, because no further workers will start.
 */
void admission_close(struct admission *);
bool admission_closed(struct admission *);

/* Counts a request that was refused. */
void admission_refused(struct admission *, int pool);

/* A pool's metrics. */
struct admission_counts {
	const char *name;       /* NULL: no such pool */
	unsigned long workers;  /* number of workers in the pool */
	unsigned long share;    /* workers that one organization may occupy */
	unsigned long occupied; /* by organizations */
	unsigned long waiting;  /* workers occupied by organizations */
	unsigned long queued;   /* requests that waited so far */
	unsigned long refused;  /* requests that were refused so far */
	unsigned long last_refused; /* Unix time of the last refusal, or 0 */
};

struct admission_counts admission_count(struct admission *, int pool);

#endif
