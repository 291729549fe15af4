#ifndef CHANGE_H
#define CHANGE_H

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "lib/db/db.h"

#define CHANGE_STEPS (5 + RESOURCE_STEPS) /* at most, of one change */

/* One row that is to be made, changed or deleted. */
struct change {
	const struct resource *resource;
	enum method method;
	const char *id;   /* of a new row: NULL, or one of ops.new_id() */
	const char *tags; /* of etag_wanted() */
	struct json_object *body;
	bool strict; /* a row that is not there fails the request */
};

/*
 * Appends what does it.  *row is the step that reads the row: as it has
 * become, or as it was before it was deleted.
 */
enum problem_code change_put(struct request *, const struct change *,
    struct db_step *steps, size_t *nsteps, size_t *row) MUST_CHECK;

/*
 * After PROBLEM_STALE: shows who came too late what the row has become.  The
 * code is another one where it cannot be shown.
 */
enum problem_code change_current(
    struct request *, const struct change *) MUST_CHECK;

#endif
