#ifndef ROUTE_USAGE_H
#define ROUTE_USAGE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct request;
struct route_aliases;

/*
 * Counts the requests to old paths by path, caller and day, in memory shared by
 * all workers, until the counts are written to the database. The number of
 * counters is bounded. For each path, any additional callers are counted
 * together.
 */
struct route_usage;

/*
 * Maps the memory. Call this function once, before any fork. Returns NULL if
 * there are no old paths.
 */
struct route_usage *route_usage_new(const struct route_aliases *);

/* Counts a request if it has an old path. */
void route_usage_add(struct route_usage *, const struct request *);

/* Returns true if a counter is not zero. */
bool route_usage_any(struct route_usage *);

/*
 * Writes all counters as a JSON array for ops.follow(), and sets them to zero.
 */
void route_usage_take(struct route_usage *, struct buf *);

/* Restores the counters of the last route_usage_take(). */
void route_usage_return(struct route_usage *);

#endif
