#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>

struct admission;
struct arena;
struct router;

/*
 * Counters and latency histograms by route, in shared memory of all workers.
 * Slot nroutes is for requests without a route.
 */
struct metrics;

/* Maps the memory; call once, before any fork. */
struct metrics *metrics_new(size_t nroutes);

/* Counts a request; us is its duration in microseconds. */
void metrics_request(
    struct metrics *, size_t slot, int status, unsigned long us);

/* Count round trips to the database, and started workers. */
void metrics_round_trips(struct metrics *, unsigned long n);
void metrics_worker_started(struct metrics *);

/* All metrics in Prometheus' text format, version 0.0.4. */
const char *metrics_text(
    struct arena *, const struct metrics *, const struct router *);

/* Puts what one organization may occupy and what waits into the metrics. */
void metrics_admission(struct metrics *, struct admission *);

#endif
