/* Counts requests and time by organization. */

#include <pthread.h>
#include <string.h>

#include "fcgi/server/organization_usage.h"
#include "fcgi/server/shared_memory.h"
#include "lib/base/buf.h"

#define UUID_LEN 36

struct entry {
	char id[UUID_LEN + 1]; /* "" if the entry is free */
	unsigned long requests, us;
	/* Microseconds, including those of replaced entries. */
	unsigned long rank;
};

struct organization_usage {
	pthread_mutex_t lock;
	size_t n;
	struct entry entries[];
};

struct organization_usage *
organization_usage_new(size_t n)
{
	struct organization_usage *u;

	u = shared_memory_new(sizeof *u + n * sizeof u->entries[0]);
	u->n = n;
	shared_mutex_init(&u->lock);
	return u;
}

/*
 * Finds the entry of the organization, or otherwise the entry with the lowest
 * rank.
 */
static struct entry *
find_entry(struct organization_usage *u, const char *id)
{
	struct entry *least = &u->entries[0];
	size_t i;

	for (i = 0; i < u->n; i++) {
		if (strcmp(u->entries[i].id, id) == 0)
			return &u->entries[i];
		if (u->entries[i].rank < least->rank)
			least = &u->entries[i];
	}
	return least;
}

void
organization_usage_add(
    struct organization_usage *u, const char *unit, unsigned long us)
{
	struct entry *e;

	if (strlen(unit) != UUID_LEN)
		return;
	/*
	 * If a worker dies while it holds the lock, at most one count is wrong.
	 */
	shared_mutex_lock(&u->lock);
	e = find_entry(u, unit);
	if (strcmp(e->id, unit) != 0) {
		e->requests = e->us = 0;
		memcpy(e->id, unit, sizeof e->id);
	}
	e->requests++;
	e->us += us;
	e->rank += us;
	pthread_mutex_unlock(&u->lock);
}

/* Writes one counter for all organizations, under one name. */
static void
put_counter(const struct organization_usage *u, struct buf *b, const char *name,
    const char *about, size_t member, double divisor)
{
	const struct entry *e;
	unsigned long n;

	buf_printf(b, "# HELP %s %s\n# TYPE %s counter\n", name, about, name);
	for (e = u->entries; e < u->entries + u->n; e++) {
		if (*e->id == '\0')
			continue;
		memcpy(&n, (const char *)e + member, sizeof n);
		buf_printf(b, "%s{organization=\"%s\"} %.15g\n", name, e->id,
		    (double)n / divisor);
	}
}

void
organization_usage_put(struct organization_usage *u, struct buf *b)
{
	shared_mutex_lock(&u->lock);
	put_counter(u, b, "tenantry_organization_requests_total",
	    "Requests of the organizations that use the most time.",
	    offsetof(struct entry, requests), 1);
	put_counter(u, b, "tenantry_organization_request_seconds_total",
	    "Time that workers spent on their requests.",
	    offsetof(struct entry, us), 1e6);
	pthread_mutex_unlock(&u->lock);
}
