/* Bounds the workers that one organization occupies. */

#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "fcgi/server/admission.h"
#include "fcgi/server/shared_memory.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"

#define RESERVED_MAX 64   /* reservations that no worker has claimed yet */
#define WAITING_MAX  1000 /* requests in the queue; each is a descriptor */
#define UNIT_MAX     400  /* of them for one unit and pool */
#define KNOWN        8192 /* credentials with their units */
#define SLOW_UNITS   1024
#define KNOWN_MS     60000 /* until a credential is asked about again */
#define SLOW_MS      100   /* a request that takes longer is slow */
#define SLOW_FACTOR  10    /* times its duration the unit counts as slow */
#define SLOW_MAX_MS  30000
#define CLAIM_MS     30000 /* a reservation is void after this */

/* A worker that a unit occupies, or will occupy. */
struct occupied {
	uint64_t unit; /* 0: free */
	int64_t since; /* clock_ms() */
	int pool;
};

/* A request in the queue of the process in a slot. */
struct waiting_unit {
	uint64_t unit;
	int pool, slot;
};

struct bounds {
	const char *name; /* a literal, so that all processes see it */
	long workers, share, spare;
	bool clamp;
	unsigned long queued, refused, last_refused;
};

struct admission {
	pthread_mutex_t lock;
	bool closed; /* admission_close() */
	long percent;
	struct bounds pools[ADMISSION_POOLS];
	int high; /* slots below this were in use */
	struct occupied slots[ADMISSION_SLOTS];
	struct occupied reserved[RESERVED_MAX];
	int nwaiting;
	struct waiting_unit waiting[WAITING_MAX];
	struct {
		uint64_t credential, unit;
		int64_t since;
	} known[KNOWN];
	struct {
		uint64_t unit;
		int64_t until;
	} slow[SLOW_UNITS];
};

struct admission *
admission_new(const struct config *config)
{
	struct admission *a = shared_memory_new(sizeof *a);

	shared_mutex_init(&a->lock);
	a->percent = config->organization_share;
	return a;
}

static long
at_least_one(long n)
{
	return n > 1 ? n : 1;
}

void
admission_pool(
    struct admission *a, int pool, const char *name, long workers, bool clamp)
{
	a->pools[pool] = (struct bounds){ .name = name,
		.workers = workers,
		.share = at_least_one(workers * a->percent / 100),
		.spare = at_least_one(workers / 4),
		.clamp = clamp };
}

bool
admission_bounds(const struct admission *a)
{
	int i;

	for (i = 0; i < ADMISSION_POOLS; i++)
		if (a->pools[i].share < a->pools[i].workers)
			return true;
	return false;
}

/*
 * A process that dies inside leaves at most one entry half written, which its
 * supervisor's admission_died() or a time limit removes.
 */
static void
lock(struct admission *a)
{
	shared_mutex_lock(&a->lock);
}

static void
unlock(struct admission *a)
{
	pthread_mutex_unlock(&a->lock);
}

/* FNV-1a.  The texts are ids of the database and hashes, not chosen. */
uint64_t
admission_number(const char *text)
{
	uint64_t n = 14695981039346656037u;

	for (; *text != '\0'; text++)
		n = (n ^ (unsigned char)*text) * 1099511628211u;
	return n != 0 ? n : 1;
}

void
admission_forget(struct admission *a)
{
	lock(a);
	memset(a->known, 0, sizeof a->known);
	unlock(a);
}

uint64_t
admission_unit(struct admission *a, uint64_t credential)
{
	uint64_t unit = 0;
	size_t i = credential % KNOWN;

	lock(a);
	if (a->known[i].credential == credential &&
	    clock_ms() - a->known[i].since < KNOWN_MS)
		unit = a->known[i].unit;
	unlock(a);
	return unit;
}

void
admission_learn(
    struct admission *a, int slot, uint64_t credential, uint64_t unit)
{
	size_t i = credential % KNOWN;

	lock(a);
	if (a->slots[slot].unit != 0)
		a->slots[slot].unit = unit;
	a->known[i].credential = credential;
	a->known[i].unit = unit;
	a->known[i].since = clock_ms();
	unlock(a);
}

/* Workers that are occupied or reserved: by one unit, and in total. */
static void
count_occupied(
    struct admission *a, int pool, uint64_t unit, long *own, long *all)
{
	int64_t now = clock_ms();
	int i;

	*own = *all = 0;
	for (i = 0; i < a->high; i++)
		if (a->slots[i].unit != 0 && a->slots[i].pool == pool) {
			++*all;
			*own += a->slots[i].unit == unit;
		}
	for (i = 0; i < RESERVED_MAX; i++) {
		if (a->reserved[i].unit == 0 || a->reserved[i].pool != pool)
			continue;
		if (now - a->reserved[i].since > CLAIM_MS) {
			a->reserved[i].unit = 0;
			continue;
		}
		++*all;
		*own += a->reserved[i].unit == unit;
	}
}

static bool
is_slow(const struct admission *a, uint64_t unit)
{
	return a->slow[unit % SLOW_UNITS].unit == unit &&
	    clock_ms() < a->slow[unit % SLOW_UNITS].until;
}

static bool
may_occupy(struct admission *a, int pool, uint64_t unit)
{
	const struct bounds *p = &a->pools[pool];
	long own, all;

	count_occupied(a, pool, unit, &own, &all);
	if (own < p->share)
		return true;
	return !(p->clamp && is_slow(a, unit)) && all < p->workers - p->spare;
}

static int
count_waiting(const struct admission *a, int pool, uint64_t unit)
{
	int i, n = 0;

	for (i = 0; i < a->nwaiting; i++)
		n += a->waiting[i].pool == pool && a->waiting[i].unit == unit;
	return n;
}

static void
occupy(struct admission *a, int slot, int pool, uint64_t unit)
{
	a->slots[slot] = (struct occupied){ unit, clock_ms(), pool };
	if (slot >= a->high)
		a->high = slot + 1;
}

/* The unit of a request whose organization the worker learns on the way. */
#define UNKNOWN_UNIT UINT64_MAX

bool
admission_enter(struct admission *a, int slot, int pool, uint64_t unit)
{
	long own, all;
	bool ok;

	lock(a);
	if (unit == 0) {
		count_occupied(a, pool, UNKNOWN_UNIT, &own, &all);
		ok = all == 0;
		unit = UNKNOWN_UNIT;
	} else /* those who wait are first */
		ok = count_waiting(a, pool, unit) == 0 &&
		    may_occupy(a, pool, unit);
	if (ok)
		occupy(a, slot, pool, unit);
	unlock(a);
	return ok;
}

void
admission_claim(struct admission *a, int slot, int pool, uint64_t unit)
{
	int i;

	lock(a);
	for (i = 0; i < RESERVED_MAX; i++)
		if (a->reserved[i].unit == unit &&
		    a->reserved[i].pool == pool) {
			a->reserved[i].unit = 0;
			break;
		}
	occupy(a, slot, pool, unit);
	unlock(a);
}

static void
note_duration(struct admission *a, uint64_t unit, int64_t ms)
{
	int64_t until = clock_ms() +
	    (ms * SLOW_FACTOR < SLOW_MAX_MS ? ms * SLOW_FACTOR : SLOW_MAX_MS);
	size_t i = unit % SLOW_UNITS;

	if (ms < SLOW_MS || unit == UNKNOWN_UNIT ||
	    (a->slow[i].unit == unit && a->slow[i].until > until))
		return;
	a->slow[i].unit = unit;
	a->slow[i].until = until;
}

bool
admission_leave(struct admission *a, int slot)
{
	struct occupied *o = &a->slots[slot];
	bool wake = false;

	lock(a);
	if (o->unit != 0) {
		if (a->pools[o->pool].clamp)
			note_duration(a, o->unit, clock_ms() - o->since);
		o->unit = 0;
		wake = a->nwaiting > 0;
	}
	unlock(a);
	return wake;
}

bool
admission_wait(struct admission *a, int slot, int pool, uint64_t unit)
{
	bool ok;

	lock(a);
	ok = a->nwaiting < WAITING_MAX &&
	    count_waiting(a, pool, unit) < UNIT_MAX;
	if (ok) {
		a->waiting[a->nwaiting++] =
		    (struct waiting_unit){ unit, pool, slot };
		a->pools[pool].queued++;
	}
	unlock(a);
	return ok;
}

void
admission_unwait(struct admission *a, int slot, int pool, uint64_t unit)
{
	int i;

	lock(a);
	for (i = 0; i < a->nwaiting; i++)
		if (a->waiting[i].unit == unit && a->waiting[i].pool == pool &&
		    a->waiting[i].slot == slot) {
			a->waiting[i] = a->waiting[--a->nwaiting];
			break;
		}
	unlock(a);
}

void
admission_died(struct admission *a, int slot)
{
	int i;

	admission_leave(a, slot);
	lock(a);
	for (i = a->nwaiting - 1; i >= 0; i--)
		if (a->waiting[i].slot == slot)
			a->waiting[i] = a->waiting[--a->nwaiting];
	unlock(a);
}

bool
admission_reserve(struct admission *a, int pool, uint64_t unit)
{
	bool ok = false;
	int i = 0;

	lock(a);
	while (i < RESERVED_MAX && a->reserved[i].unit != 0)
		i++;
	if (i < RESERVED_MAX && may_occupy(a, pool, unit)) {
		a->reserved[i] = (struct occupied){ unit, clock_ms(), pool };
		ok = true;
	}
	unlock(a);
	return ok;
}

void
admission_close(struct admission *a)
{
	lock(a);
	a->closed = true;
	unlock(a);
}

bool
admission_closed(struct admission *a)
{
	bool closed;

	lock(a);
	closed = a->closed;
	unlock(a);
	return closed;
}

void
admission_refused(struct admission *a, int pool)
{
	lock(a);
	a->pools[pool].refused++;
	a->pools[pool].last_refused = (unsigned long)time(NULL);
	unlock(a);
}

struct admission_counts
admission_count(struct admission *a, int pool)
{
	const struct bounds *p = &a->pools[pool];
	struct admission_counts n = { .name = p->name };
	long own, all;
	int i;

	lock(a);
	count_occupied(a, pool, 0, &own, &all);
	n.workers = (unsigned long)p->workers;
	n.share = (unsigned long)p->share;
	n.occupied = (unsigned long)all;
	for (i = 0; i < a->nwaiting; i++)
		n.waiting += a->waiting[i].pool == pool;
	n.queued = p->queued;
	n.refused = p->refused;
	n.last_refused = p->last_refused;
	unlock(a);
	return n;
}
