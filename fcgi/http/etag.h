#ifndef ETAG_H
#define ETAG_H

#include "lib/base/problem.h"

struct buf;
struct request;
struct resource;

/*
 * ETags of rows (RFC 9110, 8.8.3): a hash of the writable columns. Derived
 * columns, such as counts of other rows, and the position among other rows do
 * not affect the ETag.
 */

/*
 * Writes the SQL expression for the quoted ETag of row t. The expression is
 * null if there are no writable columns.
 */
void etag_put(struct buf *, const struct resource *);

/*
 * Parses If-Match. *tags is a PostgreSQL array literal, or NULL if the header
 * is "*" or absent. Weak tags never match. A refusal names the member.
 */
enum problem_code etag_wanted(struct request *, const char *member,
    const char *header, const char **tags) MUST_CHECK;

#endif
