#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stddef.h>

struct admission;
struct arena;
struct config;
struct router;
struct standby;

/*
 * Counters and latency histograms by route, in memory shared by all workers.
 * Slot nroutes is for requests without a route. Requests are also counted by
 * organization, for up to norganizations organizations (0: none). These are the
 * organizations that use the most time.
 */
struct metrics;

/* Maps the memory. Call it once, before any fork. */
struct metrics *metrics_new(size_t nroutes, size_t norganizations);

/*
 * Counts a request. us is its duration in microseconds. unit is the field unit
 * of struct request, or NULL.
 */
void metrics_request(struct metrics *, size_t slot, int status,
    const char *unit, unsigned long us);

/* Returns true if metrics_request() needs the units. */
bool metrics_need_unit(const struct metrics *);

/*
 * These functions count database round trips, started workers and crashed
 * workers.
 */
void metrics_round_trips(struct metrics *, unsigned long n);
void metrics_worker_started(struct metrics *);
void metrics_worker_failed(struct metrics *);

/* Makes /ready report that the workers will stop soon. */
void metrics_drain(struct metrics *);
bool metrics_draining(const struct metrics *);

/* Returns all metrics in Prometheus' text format, version 0.0.4. */
const char *metrics_text(
    struct arena *, const struct metrics *, const struct router *);

/*
 * Adds the per-organization limit and the number of waiting requests to the
 * metrics.
 */
void metrics_admission(struct metrics *, struct admission *);

/* Makes metrics_text() report the standby's reads. */
void metrics_standby(
    struct metrics *, const struct standby *, const struct config *);

#endif
