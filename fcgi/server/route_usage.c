/* Counts the callers of old paths. */

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/server/route_usage.h"
#include "fcgi/server/shared_memory.h"
#include "lib/base/buf.h"

#define COUNTERS  512
#define AGENT_MAX 64
#define UUID_LEN  36
#define DAY       86400

struct counter {
	const struct route_alias *alias; /* the same address in each worker */
	int64_t day;                     /* days since 1970 */
	char agent[AGENT_MAX + 1];
	char org[UUID_LEN + 1]; /* "" without an organization */
	unsigned long n;
	unsigned long taken; /* already returned by route_usage_take() */
};

struct route_usage {
	pthread_mutex_t lock;
	const struct route_aliases *aliases;
	/* The last counters, one per alias, count all other callers. */
	size_t ncounters;
	struct counter counters[];
};

struct route_usage *
route_usage_new(const struct route_aliases *aliases)
{
	size_t n = COUNTERS + aliases->n;
	struct route_usage *u;

	if (aliases->n == 0)
		return NULL;
	u = shared_memory_new(sizeof *u + n * sizeof u->counters[0]);
	u->aliases = aliases;
	u->ncounters = n;
	shared_mutex_init(&u->lock);
	return u;
}

/*
 * Copies the name of the first product in User-Agent (RFC 9110, 10.1.5),
 * without its version, because the rest may identify a person or a machine.
 */
static void
copy_agent(char *to, const char *agent)
{
	static const char token[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789!#$%&'*+-.^_`|~";
	size_t n = strspn(agent, token);

	n = n > AGENT_MAX ? AGENT_MAX : n;
	memcpy(to, n > 0 ? agent : "none", n > 0 ? n : sizeof "none");
	if (n > 0)
		to[n] = '\0';
}

static bool
is_same(const struct counter *a, const struct counter *b)
{
	return a->alias == b->alias && a->day == b->day &&
	    strcmp(a->agent, b->agent) == 0 && strcmp(a->org, b->org) == 0;
}

/*
 * Finds the counter of a caller, or else a free counter, or else the counter
 * for all other callers.
 */
static struct counter *
find_counter(struct route_usage *u, const struct counter *wanted)
{
	struct counter *c, *unused = NULL;

	for (c = u->counters; c < u->counters + COUNTERS; c++) {
		if (c->n + c->taken > 0 && is_same(c, wanted))
			return c;
		if (c->n + c->taken == 0 && unused == NULL)
			unused = c;
	}
	return unused != NULL
	    ? unused
	    : &u->counters[COUNTERS + (wanted->alias - u->aliases->list)];
}

void
route_usage_add(struct route_usage *u, const struct request *rq)
{
	struct counter wanted = { .alias = rq->alias, .day = time(NULL) / DAY };
	struct counter *c;

	if (u == NULL || rq->alias == NULL)
		return;
	copy_agent(wanted.agent, rq->headers.user_agent);
	if (rq->unit != NULL && strlen(rq->unit) == UUID_LEN)
		memcpy(wanted.org, rq->unit, sizeof wanted.org);
	shared_mutex_lock(&u->lock);
	c = find_counter(u, &wanted);
	if (c >= u->counters + COUNTERS) {
		memcpy(wanted.agent, "others", sizeof "others");
		*wanted.org = '\0';
	}
	wanted.n = c->n + 1;
	wanted.taken = c->taken;
	*c = wanted;
	pthread_mutex_unlock(&u->lock);
}

static void
put_counter(struct buf *b, const struct counter *c)
{
	time_t at = (time_t)c->day * DAY;
	char day[sizeof "2026-11-01"];
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(day, sizeof day, "%Y-%m-%d", &tm) == 0)
		return;
	buf_printf(b, "%s{\"path\":\"%s\",\"day\":\"%s\",\"agent\":",
	    b->len > 1 ? "," : "", c->alias->path, day);
	buf_json(b, c->agent);
	if (*c->org != '\0')
		buf_printf(b, ",\"organization\":\"%s\"", c->org);
	buf_printf(b, ",\"requests\":%lu}", c->taken);
}

bool
route_usage_any(struct route_usage *u)
{
	const struct counter *c;
	bool any = false;

	if (u == NULL)
		return false;
	shared_mutex_lock(&u->lock);
	for (c = u->counters; c < u->counters + u->ncounters; c++)
		any = any || c->n > 0;
	pthread_mutex_unlock(&u->lock);
	return any;
}

void
route_usage_take(struct route_usage *u, struct buf *b)
{
	struct counter *c;

	buf_puts(b, "[");
	if (u != NULL) {
		shared_mutex_lock(&u->lock);
		for (c = u->counters; c < u->counters + u->ncounters; c++) {
			c->taken = c->n;
			c->n = 0;
			if (c->taken > 0)
				put_counter(b, c);
		}
		pthread_mutex_unlock(&u->lock);
	}
	buf_puts(b, "]");
}

void
route_usage_return(struct route_usage *u)
{
	struct counter *c;

	if (u == NULL)
		return;
	shared_mutex_lock(&u->lock);
	for (c = u->counters; c < u->counters + u->ncounters; c++) {
		c->n += c->taken;
		c->taken = 0;
	}
	pthread_mutex_unlock(&u->lock);
}
