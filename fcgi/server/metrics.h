#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>

struct arena;
struct router;

/*
 * Counters and latency histograms by route, in memory that all workers of a
 * supervisor share.  Slot nroutes counts requests that found no route.
 */
struct metrics;

/* Maps the memory; call once, before any fork. */
struct metrics *metrics_new(size_t nroutes);

/* One answered request; us is its time in microseconds. */
void metrics_request(
    struct metrics *, size_t slot, int status, unsigned long us);

/* What a worker did besides: round trips to the database. */
void metrics_round_trips(struct metrics *, unsigned long n);
void metrics_worker_started(struct metrics *);

/* Prometheus' text form, version 0.0.4. */
const char *metrics_text(
    struct arena *, const struct metrics *, const struct router *);

#endif
