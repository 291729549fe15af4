/*
 * Refuses requests that crash workers, so that they do not stop other requests.
 */

#include <stdint.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/server/admission.h"
#include "fcgi/server/quarantine.h"
#include "fcgi/server/shared_memory.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"

#define ENTRIES    256
#define REFUSED_MS 600000 /* milliseconds after the last death */
/* Maximum number of deaths caused by one request of a caller. */
#define REQUEST_MAX 2
/* Maximum number of deaths caused by all of a caller's requests to a route. */
#define CALLER_MAX 5
/* Maximum number of deaths caused by an address, with any credentials. */
#define ADDRESS_MAX 20

struct entry {
	uint64_t number;
	int64_t last; /* last death, clock_ms(); 0: free */
	unsigned deaths;
	unsigned most;
};

/* The fingerprint of the request that a worker is serving; 0: none. */
struct served {
	const char *pattern; /* the address is the same in all processes */
	uint64_t address, caller, request;
};

/*
 * Only the supervisor writes entries, and only the worker in a slot writes that
 * slot.
 */
struct quarantine {
	unsigned used; /* number of entries */
	struct entry entries[ENTRIES];
	struct served served[ADMISSION_SLOTS];
};

struct quarantine *
quarantine_new(void)
{
	return shared_memory_new(sizeof(struct quarantine));
}

/* Adds bytes to a hash, and their number as a separator. */
static uint64_t
add_bytes(uint64_t n, const char *s, size_t len)
{
	return hash_bytes(hash_bytes(n, s, len), &len, sizeof len);
}

static uint64_t
add_text(uint64_t n, const char *s)
{
	return add_bytes(n, s, strlen(s));
}

/* Returns the caller's credentials, or else the address. */
static const char *
caller(const struct request *rq)
{
	if (rq->route->need == SESSION_NONE)
		return rq->headers.address;
	if (rq->key != NULL)
		return rq->key;
	if (rq->token != NULL)
		return rq->token;
	if (rq->jwt != NULL)
		return rq->jwt;
	return *rq->headers.authorization != '\0' ? rq->headers.authorization
						  : rq->headers.address;
}

static bool
in_quarantine(const struct entry *e)
{
	return __atomic_load_n(&e->deaths, __ATOMIC_ACQUIRE) >= e->most &&
	    clock_ms() - e->last < REFUSED_MS;
}

static enum problem_code
check(const struct quarantine *q, struct request *rq, uint64_t number)
{
	unsigned used = __atomic_load_n(&q->used, __ATOMIC_ACQUIRE), i;

	for (i = 0; i < used; i++)
		if (q->entries[i].number == number &&
		    in_quarantine(&q->entries[i])) {
			request_refuse(rq, "crashed", NULL,
			    request_number(rq, REFUSED_MS / 60000));
			rq->problem.retry_after = REFUSED_MS / 1000;
			return PROBLEM_CRASHES;
		}
	return PROBLEM_NONE;
}

enum problem_code
quarantine_caller(struct quarantine *q, int slot, struct request *rq)
{
	enum problem_code err;
	struct served *s;
	uint64_t route;

	if (q == NULL)
		return PROBLEM_NONE;
	s = &q->served[slot];
	route = add_text(HASH_START + rq->method, rq->route->pattern);
	s->pattern = rq->route->pattern;
	s->address = add_text(route, rq->headers.address);
	s->caller = add_text(add_text(route, "caller"), caller(rq));
	s->request = 0;
	if ((err = check(q, rq, s->address)) != PROBLEM_NONE)
		return err;
	return check(q, rq, s->caller);
}

enum problem_code
quarantine_body(struct quarantine *q, int slot, struct request *rq)
{
	struct served *s;

	if (q == NULL)
		return PROBLEM_NONE;
	s = &q->served[slot];
	s->request = add_text(s->caller, rq->headers.query);
	s->request = rq->body_len > 0
	    ? add_bytes(s->request, rq->body, rq->body_len)
	    : add_text(s->request, rq->headers.content_length);
	return check(q, rq, s->request);
}

void
quarantine_leave(struct quarantine *q, int slot)
{
	if (q != NULL)
		q->served[slot] = (struct served){ .pattern = NULL };
}

/*
 * Finds the entry for the number, or else a free entry, or else the entry with
 * the oldest death.
 */
static struct entry *
find_entry(struct quarantine *q, uint64_t number)
{
	struct entry *oldest = &q->entries[0];
	unsigned i;

	for (i = 0; i < q->used; i++) {
		if (q->entries[i].number == number)
			return &q->entries[i];
		if (q->entries[i].last < oldest->last)
			oldest = &q->entries[i];
	}
	return q->used < ENTRIES ? &q->entries[q->used] : oldest;
}

static void
count_death(struct quarantine *q, uint64_t number, unsigned most)
{
	struct entry *e;
	int64_t now = clock_ms();
	unsigned deaths = 0;

	if (number == 0)
		return;
	e = find_entry(q, number);
	if (e->number == number && now - e->last < REFUSED_MS)
		deaths = e->deaths;
	/*
	 * While deaths is 0, concurrent readers do not treat the entry as in
	 * quarantine.
	 */
	__atomic_store_n(&e->deaths, 0, __ATOMIC_RELEASE);
	e->number = number;
	e->last = now;
	e->most = most;
	__atomic_store_n(&e->deaths, deaths + 1, __ATOMIC_RELEASE);
	if (q->used < ENTRIES && e == &q->entries[q->used])
		__atomic_store_n(&q->used, q->used + 1, __ATOMIC_RELEASE);
}

const char *
quarantine_died(struct quarantine *q, int slot, bool fault)
{
	struct served was = q->served[slot];

	quarantine_leave(q, slot);
	if (fault && was.pattern != NULL) {
		count_death(q, was.request, REQUEST_MAX);
		count_death(q, was.caller, CALLER_MAX);
		count_death(q, was.address, ADDRESS_MAX);
	}
	return was.pattern;
}
