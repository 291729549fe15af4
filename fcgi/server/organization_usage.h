#ifndef ORGANIZATION_USAGE_H
#define ORGANIZATION_USAGE_H

#include <stddef.h>

struct buf;

/*
 * Counts organizations' requests and the time that workers spent on them, in
 * memory shared by all workers.
 *
 * There is space for n organizations. If there are more, the organizations with
 * the most time remain. A new organization replaces the entry with the lowest
 * rank, and starts with the rank of that entry. The new organization's use
 * counts from zero ("Space saving", Metwally et al., 2005).
 */
struct organization_usage;

/* Maps the memory. Call it once, before any fork. */
struct organization_usage *organization_usage_new(size_t n);

/*
 * Counts a request from a unit (struct request). us is its duration in
 * microseconds. A user without an organization is not counted.
 */
void organization_usage_add(
    struct organization_usage *, const char *unit, unsigned long us);

/* Appends the counters in Prometheus' text format. */
void organization_usage_put(struct organization_usage *, struct buf *);

#endif
