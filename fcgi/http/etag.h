#ifndef ETAG_H
#define ETAG_H

#include "lib/base/problem.h"

struct buf;
struct request;
struct resource;

/*
 * The version of a row, as HTTP names one (RFC 9110, 8.8.3): a hash of what
 * the row itself says.  Counts of other rows, and the place it has among
 * them, do not change it.
 */

/* The SQL that yields it, quotes and all, of the row t; null for no table. */
void etag_put(struct buf *, const struct resource *);

/*
 * An If-Match: *tags is the list as PostgreSQL's array text, or NULL where
 * any row will do ("*", or nothing was sent).  A weak tag is of no row.
 */
enum problem_code etag_wanted(
    struct request *, const char *header, const char **tags) MUST_CHECK;

#endif
