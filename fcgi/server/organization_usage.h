#ifndef ORGANIZATION_USAGE_H
#define ORGANIZATION_USAGE_H

#include <stddef.h>

struct buf;

/*
 * Requests of organizations and the time that workers spent on them, in shared
 * memory of all workers.
 *
 * It has room for n organizations.  When there are more, those with the most
 * time stay: an organization that has no entry takes the smallest one, with
 * that entry's time as its rank, but counts its own use from zero ("Space
 * saving", Metwally et al., 2005).
 */
struct organization_usage;

/* Maps the memory; call once, before any fork. */
struct organization_usage *organization_usage_new(size_t n);

/*
 * Counts a request of a unit (struct request); us is its duration in
 * microseconds.  A user in no organization is not counted.
 */
void organization_usage_add(
    struct organization_usage *, const char *unit, unsigned long us);

/* Appends the counters in Prometheus' text format. */
void organization_usage_put(struct organization_usage *, struct buf *);

#endif
