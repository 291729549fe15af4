/* Decides which reads the standby at DATABASE_READ_URL serves. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/standby.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/hash.h"

/* Two callers in the same slot only cause more reads from the primary. */
#define CALLERS 65536
#define SKEW_MS 1000 /* between the clocks of two hosts */
/* How long a report is valid: longer than a connection attempt takes. */
#define ALONE_MS 15000

struct standby {
	/* The standby has all commits before this time. 0: not in use. */
	int64_t shows;
	int64_t alone; /* time when the primary was last unreachable, or 0 */
	uint64_t answered, passed_on;
	int64_t wrote[CALLERS]; /* the last write of each caller */
};

size_t
standby_size(void)
{
	return sizeof(struct standby);
}

static int64_t
get(const int64_t *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

static void
set(int64_t *value, int64_t to)
{
	__atomic_store_n(value, to, __ATOMIC_RELAXED);
}

void
standby_shows(struct standby *s, int64_t at)
{
	set(&s->shows, at);
	set(&s->alone, 0);
}

void
standby_is_alone(struct standby *s)
{
	set(&s->alone, clock_wall_ms());
}

void
standby_leave(struct standby *s)
{
	set(&s->shows, 0);
	set(&s->alone, 0);
}

static bool
is_alone(const struct standby *s)
{
	return clock_wall_ms() - get(&s->alone) < ALONE_MS;
}

bool
standby_alone(const struct standby *s)
{
	return s != NULL && is_alone(s);
}

void
standby_count(struct standby *s, bool answered)
{
	__atomic_fetch_add(
	    answered ? &s->answered : &s->passed_on, 1, __ATOMIC_RELAXED);
}

/* Returns the slot for a credential's last write, or NULL. */
static int64_t *
place(struct standby *s, const char *credential)
{
	uint64_t n;

	if (credential == NULL)
		return NULL;
	n = hash_text(HASH_START, credential);
	return &s->wrote[(n ^ n >> 32) % CALLERS];
}

static const char *
credential(const struct request *rq)
{
	return rq->key != NULL ? rq->key : rq->token;
}

/*
 * Parses the time in the client's cookie. It comes from the clock of a host,
 * and clocks may differ.
 */
static int64_t
sent(const char *text)
{
	char *end;
	long long at;

	if (text == NULL || *text == '\0')
		return 0;
	at = strtoll(text, &end, 10);
	return *end == '\0' && at > 0 && at < INT64_MAX - SKEW_MS
	    ? at + SKEW_MS
	    : INT64_MAX; /* "now" */
}

/* Returns the time of the last write that the caller must see. */
static int64_t
wanted(struct request *rq)
{
	const int64_t *kept = place(rq->standby, credential(rq));
	int64_t after[] = { kept != NULL ? get(kept) : 0,
		sent(rq->headers.read_after),
		sent(request_cookie(rq, STANDBY_COOKIE)) };
	int64_t last = after[0];
	size_t i;

	for (i = 1; i < sizeof after / sizeof after[0]; i++)
		if (after[i] > last)
			last = after[i];
	return last;
}

/*
 * Returns true if the standby serves the request. Public routes may read tokens
 * that were emailed a moment ago, and some of these routes write. The standby
 * serves them only if the primary does not respond.
 */
bool
standby_answers(struct request *rq)
{
	const struct standby *s = rq->standby;
	int64_t now, shows, lag;

	if ((rq->method != METHOD_GET && rq->method != METHOD_HEAD) ||
	    rq->claims != NULL || rq->user_id != NULL || rq->route == NULL ||
	    (rq->route->flags & ROUTE_PROBE) != 0)
		return false;
	now = clock_wall_ms();
	lag = rq->config->read_lag * 1000;
	if (standby_alone(s))
		return wanted(rq) < now - lag;
	shows = get(&s->shows);
	return rq->route->need != SESSION_NONE && now - shows < lag &&
	    wanted(rq) < shows;
}

void
standby_note_write(struct request *rq)
{
	int64_t *kept = place(rq->standby, credential(rq));

	rq->wrote = clock_wall_ms();
	if (kept != NULL)
		set(kept, rq->wrote);
}

void
standby_note_session(struct request *rq, const char *token)
{
	set(place(rq->standby, token), rq->wrote);
}

void
standby_put(const struct standby *s, const struct config *config, struct buf *b)
{
	int64_t shows = get(&s->shows), lag = clock_wall_ms() - shows;
	bool alone = is_alone(s);

	buf_printf(b,
	    "# HELP tenantry_standby_used 1 while the standby of "
	    "DATABASE_READ_URL answers reads.\n"
	    "# TYPE tenantry_standby_used gauge\n"
	    "tenantry_standby_used %d\n"
	    "# HELP tenantry_standby_alone 1 while the primary does not "
	    "answer, and the standby does.\n"
	    "# TYPE tenantry_standby_alone gauge\n"
	    "tenantry_standby_alone %d\n"
	    "# HELP tenantry_standby_reads_total Reads that the standby "
	    "answered.\n"
	    "# TYPE tenantry_standby_reads_total counter\n"
	    "tenantry_standby_reads_total %llu\n"
	    "# HELP tenantry_standby_passed_on_total Reads that the primary "
	    "answered after the standby had failed or refused.\n"
	    "# TYPE tenantry_standby_passed_on_total counter\n"
	    "tenantry_standby_passed_on_total %llu\n",
	    alone || lag < config->read_lag * 1000, alone,
	    (unsigned long long)__atomic_load_n(&s->answered, __ATOMIC_RELAXED),
	    (unsigned long long)__atomic_load_n(
		&s->passed_on, __ATOMIC_RELAXED));
	if (shows != 0)
		buf_printf(b,
		    "# HELP tenantry_standby_lag_seconds Age of what the "
		    "standby shows at least.\n"
		    "# TYPE tenantry_standby_lag_seconds gauge\n"
		    "tenantry_standby_lag_seconds %.3f\n",
		    (double)lag / 1e3);
}
