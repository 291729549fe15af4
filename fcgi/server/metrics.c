/* Counts requests and writes metrics in Prometheus' text format. */

#include <stddef.h>
#include <time.h>

#include "fcgi/http/router.h"
#include "fcgi/http/standby.h"
#include "fcgi/server/admission.h"
#include "fcgi/server/metrics.h"
#include "fcgi/server/organization_usage.h"
#include "fcgi/server/shared_memory.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define CLASSES 6 /* status classes: 2 is 2xx */

/* Upper bounds of the histogram buckets in microseconds. */
static const unsigned long bounds[] = { 500, 1000, 2500, 5000, 10000, 25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 5000000 };

#define NBOUNDS (sizeof bounds / sizeof bounds[0])

struct slot {
	unsigned long by_class[CLASSES];
	unsigned long buckets[NBOUNDS + 1];
	unsigned long sum_us;
};

struct metrics {
	size_t nslots;
	unsigned long round_trips;
	unsigned long workers_started;
	unsigned long workers_failed;
	unsigned long failed_at;          /* time of the last failure, or 0 */
	unsigned long limited;            /* number of 429 responses */
	unsigned long draining;           /* 1 from the start of a drain */
	struct admission *admission;      /* or NULL */
	const struct standby *standby;    /* or NULL */
	const struct config *config;      /* settings of the standby */
	struct organization_usage *usage; /* or NULL */
	struct slot slots[];
};

struct metrics *
metrics_new(size_t nroutes, size_t norganizations)
{
	struct metrics *m;

	m = shared_memory_new(sizeof *m + (nroutes + 1) * sizeof m->slots[0]);
	m->nslots = nroutes + 1;
	if (norganizations > 0)
		m->usage = organization_usage_new(norganizations);
	return m;
}

static void
counter_add(unsigned long *counter, unsigned long n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static unsigned long
counter_get(const unsigned long *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void
metrics_request(struct metrics *m, size_t slot, int status, const char *unit,
    unsigned long us)
{
	struct slot *s;
	size_t i = 0;

	if (m == NULL)
		return;
	s = &m->slots[slot];
	while (i < NBOUNDS && us > bounds[i])
		i++;
	counter_add(&s->buckets[i], 1);
	counter_add(&s->sum_us, us);
	counter_add(&s->by_class[status / 100 % CLASSES], 1);
	if (status == 429)
		counter_add(&m->limited, 1);
	if (m->usage != NULL && unit != NULL)
		organization_usage_add(m->usage, unit, us);
}

bool
metrics_need_unit(const struct metrics *m)
{
	return m != NULL && m->usage != NULL;
}

void
metrics_round_trips(struct metrics *m, unsigned long n)
{
	if (m != NULL)
		counter_add(&m->round_trips, n);
}

void
metrics_worker_started(struct metrics *m)
{
	if (m != NULL)
		counter_add(&m->workers_started, 1);
}

void
metrics_worker_failed(struct metrics *m)
{
	if (m == NULL)
		return;
	counter_add(&m->workers_failed, 1);
	__atomic_store_n(
	    &m->failed_at, (unsigned long)time(NULL), __ATOMIC_RELAXED);
}

void
metrics_drain(struct metrics *m)
{
	__atomic_store_n(&m->draining, 1, __ATOMIC_RELAXED);
}

bool
metrics_draining(const struct metrics *m)
{
	return m != NULL && counter_get(&m->draining) != 0;
}

void
metrics_admission(struct metrics *m, struct admission *a)
{
	m->admission = a;
}

void
metrics_standby(struct metrics *m, const struct standby *standby,
    const struct config *config)
{
	m->standby = standby;
	m->config = config;
}

/* Returns a slot's labels: method="GET",route="/api/contacts/{id}". */
static const char *
slot_labels(struct arena *a, const struct router *router, size_t slot)
{
	const struct route *r = &router->routes[slot];

	if (slot == router->nroutes)
		return "method=\"\",route=\"none\"";
	return arena_printf(a, "method=\"%s\",route=\"%s\"",
	    method_name(r->method), r->pattern);
}

static void
put_requests(struct buf *b, const struct slot *s, const char *label)
{
	size_t i;

	for (i = 0; i < CLASSES; i++)
		if (counter_get(&s->by_class[i]) > 0)
			buf_printf(b,
			    "tenantry_requests_total{%s,status=\"%zuxx\"} "
			    "%lu\n",
			    label, i, counter_get(&s->by_class[i]));
}

static void
put_histogram(struct buf *b, const struct slot *s, const char *label)
{
	unsigned long n = 0;
	size_t i;

	for (i = 0; i < NBOUNDS; i++) {
		n += counter_get(&s->buckets[i]);
		buf_printf(b,
		    "tenantry_request_seconds_bucket{%s,le=\"%g\"} %lu\n",
		    label, (double)bounds[i] / 1e6, n);
	}
	n += counter_get(&s->buckets[NBOUNDS]);
	buf_printf(b,
	    "tenantry_request_seconds_bucket{%s,le=\"+Inf\"} %lu\n"
	    "tenantry_request_seconds_sum{%s} %.6f\n"
	    "tenantry_request_seconds_count{%s} %lu\n",
	    label, n, label, (double)counter_get(&s->sum_us) / 1e6, label, n);
}

/* Writes the admission queue's numbers for each pool. */
static void
put_admission(struct buf *b, struct admission *a)
{
	static const struct {
		const char *name, *type, *about;
		size_t offset;
	} rows[] = {
#define ROW(name, type, about, member)                                         \
	{ "tenantry_" name, type, about,                                       \
		offsetof(struct admission_counts, member) }
		ROW("pool_workers", "gauge", "Workers of the pool.", workers),
		ROW("organization_share", "gauge",
		    "Workers that one organization may always occupy.", share),
		ROW("organization_workers", "gauge",
		    "Workers that organizations occupy.", occupied),
		ROW("organization_waiting", "gauge",
		    "Requests that wait because of their organization's share.",
		    waiting),
		ROW("organization_waits_total", "counter",
		    "Requests that waited because of it.", queued),
		ROW("organization_refused_total", "counter",
		    "Requests that were refused because of it.", refused),
		ROW("organization_refused_timestamp_seconds", "gauge",
		    "Time of the last of these refusals, or 0.", last_refused),
#undef ROW
	};
	struct admission_counts n;
	size_t i;
	int pool;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name,
		    rows[i].about, rows[i].name, rows[i].type);
		for (pool = 0; pool < ADMISSION_POOLS; pool++) {
			n = admission_count(a, pool);
			if (n.name != NULL)
				buf_printf(b, "%s{pool=\"%s\"} %lu\n",
				    rows[i].name, n.name,
				    *(unsigned long *)(void *)((char *)&n +
					rows[i].offset));
		}
	}
}

const char *
metrics_text(
    struct arena *a, const struct metrics *m, const struct router *router)
{
	struct buf b;
	size_t i;

	buf_init(&b, a);
	buf_puts(&b,
	    "# HELP tenantry_requests_total Requests answered.\n"
	    "# TYPE tenantry_requests_total counter\n");
	for (i = 0; i < m->nslots; i++)
		put_requests(&b, &m->slots[i], slot_labels(a, router, i));
	buf_puts(&b,
	    "# HELP tenantry_request_seconds Time from the first byte read to "
	    "the last one written.\n"
	    "# TYPE tenantry_request_seconds histogram\n");
	for (i = 0; i < m->nslots; i++)
		if (counter_get(&m->slots[i].sum_us) > 0)
			put_histogram(
			    &b, &m->slots[i], slot_labels(a, router, i));
	buf_printf(&b,
	    "# HELP tenantry_db_round_trips_total Exchanges with the "
	    "database.\n"
	    "# TYPE tenantry_db_round_trips_total counter\n"
	    "tenantry_db_round_trips_total %lu\n"
	    "# HELP tenantry_workers_started_total Workers started.\n"
	    "# TYPE tenantry_workers_started_total counter\n"
	    "tenantry_workers_started_total %lu\n"
	    "# HELP tenantry_workers_failed_total Workers that crashed.\n"
	    "# TYPE tenantry_workers_failed_total counter\n"
	    "tenantry_workers_failed_total %lu\n"
	    "# HELP tenantry_worker_failed_timestamp_seconds Time of the last "
	    "crash, or 0.\n"
	    "# TYPE tenantry_worker_failed_timestamp_seconds gauge\n"
	    "tenantry_worker_failed_timestamp_seconds %lu\n"
	    "# HELP tenantry_requests_limited_total Requests refused by a "
	    "rate limit of the database.\n"
	    "# TYPE tenantry_requests_limited_total counter\n"
	    "tenantry_requests_limited_total %lu\n"
	    "# HELP tenantry_draining 1 while /ready answers 503 before the "
	    "workers stop.\n"
	    "# TYPE tenantry_draining gauge\n"
	    "tenantry_draining %lu\n",
	    counter_get(&m->round_trips), counter_get(&m->workers_started),
	    counter_get(&m->workers_failed), counter_get(&m->failed_at),
	    counter_get(&m->limited), counter_get(&m->draining));
	if (m->admission != NULL)
		put_admission(&b, m->admission);
	if (m->standby != NULL)
		standby_put(m->standby, m->config, &b);
	if (m->usage != NULL)
		organization_usage_put(m->usage, &b);
	return b.data;
}
