#ifndef ROUTE_ALIAS_H
#define ROUTE_ALIAS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "lib/base/problem.h"

struct arena;
struct buf;
struct request;

/*
 * An old path in the API and its successor. Both are patterns: "{word}" matches
 * one segment, which replaces "{word}" in the successor. A pattern also applies
 * to the paths below it. If "/api/opportunities" succeeds "/api/deals",
 * /api/deals/5/move becomes /api/opportunities/5/move.
 */
struct route_alias {
	const char *path;
	const char *successor;
	const char *since; /* "2026-11-01": deprecated since this day, in UTC */
	const char *sunset; /* the date from which the path may be retired */
	/*
	 * The module whose organizations should no longer use the path,
	 * although it still has routes. NULL for a path without routes.
	 */
	const char *org_module;
};

/* All old paths: those in this release, and those in the deployment's file. */
struct route_aliases {
	const struct route_alias *list;
	size_t n;
	/*
	 * Which paths are retired, in memory that all workers share; NULL:
	 * none.
	 */
	const bool *retired;
};

/*
 * Replaces an old path in the request with its successor. A retired path is
 * refused with a problem that names the successor.
 */
enum problem_code route_alias_follow(
    const struct route_aliases *, struct request *) MUST_CHECK;

/* Sets the alias of a path that is old for some organizations, or NULL. */
void route_alias_find(const struct route_aliases *, struct request *);

/*
 * Records that the path found by route_alias_find() is old for the caller's
 * organization.
 */
void route_alias_apply(struct request *);

/* Fails with the problem for a retired path. */
enum problem_code route_alias_refuse(struct request *);

/*
 * Writes the Deprecation, Sunset and Link headers for a request to an old path.
 */
void route_alias_headers(const struct request *, struct buf *);

/* Writes all aliases as a JSON array for ops.follow(). */
void route_aliases_json(const struct route_aliases *, struct buf *);

/*
 * For the list: returns midnight at the beginning of "2026-11-01" in UTC, or
 * -1.
 */
time_t route_alias_day(const char *date);

/*
 * Returns the length of the segment at the start of a pattern, including its
 * "/".
 */
size_t route_alias_segment(const char *);

/* Returns true for a segment "/{word}". */
bool route_alias_is_variable(const char *segment);

/* Returns where a segment of another pattern occurs in a pattern, or NULL. */
const char *route_alias_variable(const char *pattern, const char *segment);

#endif
