/* Bounds how many workers one organization, user or founder can occupy. */

#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "fcgi/server/admission.h"
#include "fcgi/server/shared_memory.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/hash.h"

#define RESERVED_MAX 64 /* reservations that no worker has claimed yet */
/* Maximum number of requests in the queue. Each of them holds a descriptor. */
#define WAITING_MAX 2000
/* Maximum number of waiting requests per holder and pool. */
#define HOLDER_MAX   600
#define KNOWN        8192 /* maximum number of remembered credentials */
#define SLOW_HOLDERS 1024
#define KNOWN_MS     60000 /* time until a credential is looked up again */
/* A holder is slow for this multiple of the slow request's duration. */
#define SLOW_FACTOR 10
#define SLOW_MAX_MS 30000
#define CLAIM_MS    30000 /* a reservation expires after this time */

/* A worker that is occupied or reserved. */
struct occupied {
	bool used;
	struct unit unit;
	int64_t since; /* clock_ms() */
	int pool;
};

/* A request that is waiting in the queue process of a slot. */
struct waiting_unit {
	struct unit unit;
	int pool, slot;
};

struct bounds {
	const char
	    *name; /* a literal: its address is the same in all processes */
	long workers, shares[HOLDERS], spare;
	long quick;   /* workers that slow holders cannot occupy */
	long slow_ms; /* a request that takes longer is slow; 0: never */
	unsigned long queued, refused, last_refused;
};

struct admission {
	pthread_mutex_t lock;
	bool closed; /* admission_close() */
	long percent;
	struct bounds pools[ADMISSION_POOLS];
	int high; /* 1 + the highest slot in use */
	struct occupied slots[ADMISSION_SLOTS];
	struct occupied reserved[RESERVED_MAX];
	int nwaiting;
	struct waiting_unit waiting[WAITING_MAX];
	struct {
		uint64_t credential;
		struct unit unit;
		int64_t since;
	} known[KNOWN];
	struct {
		uint64_t holder;
		int64_t until;
	} slow[ADMISSION_POOLS][SLOW_HOLDERS];
};

/* How many workers of a pool are occupied or reserved. */
struct counts {
	long own[HOLDERS]; /* workers that each holder of a unit occupies */
	long slow;         /* workers of slow requests or slow holders */
	long all;
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
    struct admission *a, int pool, const char *name, long workers, long slow_ms)
{
	long share = at_least_one(workers * a->percent / 100);

	a->pools[pool] = (struct bounds){ .name = name,
		.workers = workers,
		.shares = { share, share, 2 * share },
		.spare = at_least_one(workers / 4),
		.quick = workers > 1 ? 1 : 0,
		.slow_ms = slow_ms };
}

bool
admission_slows(const struct admission *a, int pool)
{
	return a->pools[pool].slow_ms > 0;
}

bool
admission_bounds(const struct admission *a)
{
	int i;

	for (i = 0; i < ADMISSION_POOLS; i++)
		if (a->pools[i].shares[HOLDER_ORGANIZATION] <
		    a->pools[i].workers)
			return true;
	return false;
}

/*
 * Locks the memory. If a process dies while it holds the lock, at most one
 * entry is half written. admission_died() in the supervisor, or a time limit,
 * removes this entry.
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

/* Callers cannot choose the texts, which are database IDs and hashes. */
uint64_t
admission_number(const char *text)
{
	uint64_t n = hash_text(HASH_START, text);

	return n != 0 ? n : 1;
}

void
admission_forget(struct admission *a)
{
	lock(a);
	memset(a->known, 0, sizeof a->known);
	unlock(a);
}

bool
admission_unit(struct admission *a, uint64_t credential, struct unit *unit)
{
	size_t i = credential % KNOWN;
	bool ok;

	lock(a);
	ok = a->known[i].credential == credential &&
	    clock_ms() - a->known[i].since < KNOWN_MS;
	if (ok)
		*unit = a->known[i].unit;
	unlock(a);
	return ok;
}

void
admission_learn(
    struct admission *a, int slot, uint64_t credential, const struct unit *unit)
{
	size_t i = credential % KNOWN;

	lock(a);
	if (a->slots[slot].used)
		a->slots[slot].unit = *unit;
	a->known[i].credential = credential;
	a->known[i].unit = *unit;
	a->known[i].since = clock_ms();
	unlock(a);
}

/*
 * Returns true if one of the holders has recently sent a slow request to the
 * pool.
 */
static bool
is_slow(const struct admission *a, int pool, const struct unit *unit)
{
	int64_t now = clock_ms();
	int i;

	if (a->pools[pool].slow_ms == 0 || unit->heavy)
		return unit->heavy;
	for (i = 0; i < HOLDERS; i++) {
		uint64_t holder = unit->holders[i];
		size_t at = holder % SLOW_HOLDERS;

		if (holder != 0 && a->slow[pool][at].holder == holder &&
		    now < a->slow[pool][at].until)
			return true;
	}
	return false;
}

static bool
took_long(const struct admission *a, const struct occupied *o)
{
	long slow_ms = a->pools[o->pool].slow_ms;

	return slow_ms > 0 && clock_ms() - o->since >= slow_ms;
}

static void
count_one(struct admission *a, const struct occupied *o,
    const struct unit *unit, struct counts *n)
{
	int i;

	n->all++;
	n->slow += is_slow(a, o->pool, &o->unit) || took_long(a, o);
	for (i = 0; i < HOLDERS; i++)
		n->own[i] += o->unit.holders[i] == unit->holders[i];
}

static struct counts
count_occupied(struct admission *a, int pool, const struct unit *unit)
{
	struct counts n = { .all = 0 };
	int i;

	for (i = 0; i < a->high; i++)
		if (a->slots[i].used && a->slots[i].pool == pool)
			count_one(a, &a->slots[i], unit, &n);
	for (i = 0; i < RESERVED_MAX; i++) {
		if (!a->reserved[i].used || a->reserved[i].pool != pool)
			continue;
		if (clock_ms() - a->reserved[i].since > CLAIM_MS)
			a->reserved[i].used = false;
		else
			count_one(a, &a->reserved[i], unit, &n);
	}
	return n;
}

/* Returns true if each holder occupies less than its share. */
static bool
is_within(const struct bounds *p, const struct unit *unit, const long *own)
{
	int i;

	for (i = 0; i < HOLDERS; i++)
		if (unit->holders[i] != 0 && own[i] >= p->shares[i])
			return false;
	return true;
}

static bool
may_occupy(struct admission *a, int pool, const struct unit *unit)
{
	const struct bounds *p = &a->pools[pool];
	struct counts n = count_occupied(a, pool, unit);
	bool slow = is_slow(a, pool, unit);

	if (slow && n.slow >= p->workers - p->quick)
		return false;
	if (is_within(p, unit, n.own))
		return true;
	return !slow && n.all < p->workers - p->spare;
}

/*
 * Returns the highest number of requests in the pool's queue that belong to one
 * holder in the unit.
 */
static int
count_waiting(const struct admission *a, int pool, const struct unit *unit)
{
	int own[HOLDERS] = { 0 }, most = 0, i, k;

	for (i = 0; i < a->nwaiting; i++)
		for (k = 0; k < HOLDERS; k++)
			own[k] += a->waiting[i].pool == pool &&
			    unit->holders[k] != 0 &&
			    a->waiting[i].unit.holders[k] == unit->holders[k];
	for (k = 0; k < HOLDERS; k++)
		most = own[k] > most ? own[k] : most;
	return most;
}

static void
occupy(struct admission *a, int slot, int pool, const struct unit *unit)
{
	a->slots[slot] = (struct occupied){ true, *unit, clock_ms(), pool };
	if (slot >= a->high)
		a->high = slot + 1;
}

bool
admission_enter(
    struct admission *a, int slot, int pool, const struct unit *unit)
{
	static const struct unit unknown = { .holders = { 0 } };
	bool ok;

	lock(a);
	if (unit ==
	    NULL) { /* the request learns its unit during its transaction */
		unit = &unknown;
		ok = count_occupied(a, pool, unit).all == 0;
	} else /* waiting requests take precedence */
		ok = count_waiting(a, pool, unit) == 0 &&
		    may_occupy(a, pool, unit);
	if (ok)
		occupy(a, slot, pool, unit);
	unlock(a);
	return ok;
}

bool
admission_same(const struct unit *a, const struct unit *b)
{
	return memcmp(a->holders, b->holders, sizeof a->holders) == 0;
}

void
admission_claim(
    struct admission *a, int slot, int pool, const struct unit *unit)
{
	int i;

	lock(a);
	for (i = 0; i < RESERVED_MAX; i++)
		if (a->reserved[i].used && a->reserved[i].pool == pool &&
		    admission_same(&a->reserved[i].unit, unit)) {
			a->reserved[i].used = false;
			break;
		}
	occupy(a, slot, pool, unit);
	unlock(a);
}

/* Records for each holder that it has sent a slow request. */
static void
note_slow(struct admission *a, const struct occupied *o)
{
	int64_t now = clock_ms(), ms = (now - o->since) * SLOW_FACTOR;
	int64_t until = now + (ms < SLOW_MAX_MS ? ms : SLOW_MAX_MS);
	int i;

	for (i = 0; i < HOLDERS; i++) {
		uint64_t holder = o->unit.holders[i];
		size_t at = holder % SLOW_HOLDERS;

		if (holder == 0 ||
		    (a->slow[o->pool][at].holder == holder &&
			a->slow[o->pool][at].until > until))
			continue;
		a->slow[o->pool][at].holder = holder;
		a->slow[o->pool][at].until = until;
	}
}

bool
admission_took_long(struct admission *a, int slot)
{
	bool yes;

	lock(a);
	yes = a->slots[slot].used && took_long(a, &a->slots[slot]);
	unlock(a);
	return yes;
}

bool
admission_leave(struct admission *a, int slot)
{
	struct occupied *o = &a->slots[slot];
	bool wake = false;

	lock(a);
	if (o->used) {
		if (took_long(a, o))
			note_slow(a, o);
		o->used = false;
		wake = a->nwaiting > 0;
	}
	unlock(a);
	return wake;
}

/*
 * Returns true if the queue accepts a request. A holder can fill half of the
 * entries that are free for it, so that the queue always has space for other
 * holders.
 */
static bool
may_wait(const struct admission *a, int pool, const struct unit *unit)
{
	int left = WAITING_MAX - a->nwaiting,
	    own = count_waiting(a, pool, unit);

	return left > 0 && own < HOLDER_MAX && (own == 0 || own < left / 2);
}

bool
admission_wait(struct admission *a, int slot, int pool, const struct unit *unit)
{
	bool ok;

	lock(a);
	ok = may_wait(a, pool, unit);
	if (ok) {
		a->waiting[a->nwaiting++] =
		    (struct waiting_unit){ *unit, pool, slot };
		a->pools[pool].queued++;
	}
	unlock(a);
	return ok;
}

void
admission_unwait(
    struct admission *a, int slot, int pool, const struct unit *unit)
{
	int i;

	lock(a);
	for (i = 0; i < a->nwaiting; i++)
		if (admission_same(&a->waiting[i].unit, unit) &&
		    a->waiting[i].pool == pool && a->waiting[i].slot == slot) {
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
admission_reserve(struct admission *a, int pool, const struct unit *unit)
{
	bool ok = false;
	int i = 0;

	lock(a);
	while (i < RESERVED_MAX && a->reserved[i].used)
		i++;
	if (i < RESERVED_MAX && may_occupy(a, pool, unit)) {
		a->reserved[i] =
		    (struct occupied){ true, *unit, clock_ms(), pool };
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
	static const struct unit nobody = { .holders = { 0 } };
	int i;

	lock(a);
	n.workers = (unsigned long)p->workers;
	n.share = (unsigned long)p->shares[HOLDER_ORGANIZATION];
	n.occupied = (unsigned long)count_occupied(a, pool, &nobody).all;
	for (i = 0; i < a->nwaiting; i++)
		n.waiting += a->waiting[i].pool == pool;
	n.queued = p->queued;
	n.refused = p->refused;
	n.last_refused = p->last_refused;
	unlock(a);
	return n;
}
