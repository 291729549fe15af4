/* Measures what single organizations use. */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "fcgi/server/organization_usage.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

#define UUID_LEN 36

struct entry {
	char id[UUID_LEN + 1]; /* "" if the entry is free */
	unsigned long requests, us;
	unsigned long rank; /* us, and that of the entries it replaced */
};

struct organization_usage {
	pthread_mutex_t lock;
	size_t n;
	struct entry entries[];
};

struct organization_usage *
organization_usage_new(size_t n)
{
	pthread_mutexattr_t attributes;
	struct organization_usage *u;

	u = mmap(NULL, sizeof *u + n * sizeof u->entries[0],
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (u == MAP_FAILED)
		fatal("metrics: cannot map shared memory");
	u->n = n;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&u->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return u;
}

/* After the death of a worker that counted, one count is wrong at worst. */
static void
lock(struct organization_usage *u)
{
	if (pthread_mutex_lock(&u->lock) == EOWNERDEAD)
		pthread_mutex_consistent(&u->lock);
}

/* The entry of the organization, else the one with the least rank. */
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
	lock(u);
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

void
organization_usage_put(struct organization_usage *u, struct buf *b)
{
	size_t i;

	lock(u);
	buf_puts(b,
	    "# HELP tenantry_organization_requests_total Requests of the "
	    "organizations that use most.\n"
	    "# TYPE tenantry_organization_requests_total counter\n");
	for (i = 0; i < u->n; i++)
		if (*u->entries[i].id != '\0')
			buf_printf(b,
			    "tenantry_organization_requests_total"
			    "{organization=\"%s\"} %lu\n",
			    u->entries[i].id, u->entries[i].requests);
	buf_puts(b,
	    "# HELP tenantry_organization_request_seconds_total Time that "
	    "workers spent on their requests.\n"
	    "# TYPE tenantry_organization_request_seconds_total counter\n");
	for (i = 0; i < u->n; i++)
		if (*u->entries[i].id != '\0')
			buf_printf(b,
			    "tenantry_organization_request_seconds_total"
			    "{organization=\"%s\"} %.6f\n",
			    u->entries[i].id, (double)u->entries[i].us / 1e6);
	pthread_mutex_unlock(&u->lock);
}
