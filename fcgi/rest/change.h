#ifndef CHANGE_H
#define CHANGE_H

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "lib/db/db.h"

/* Maximum number of steps per change. */
#define CHANGE_STEPS (7 + RESOURCE_STEPS)

/* The creation, update or deletion of a row. */
struct change {
	const struct resource *resource;
	enum method method;
	const char *id;   /* new row: NULL or an id from ops.new_id() */
	const char *tags; /* result of etag_wanted() */
	struct json_object *body;
	bool strict; /* fail the transaction if the row does not exist */
};

/*
 * Appends the steps of the change. *row is the index of the step that reads the
 * row. This step comes after an update and before a deletion.
 */
enum problem_code change_put(struct request *, const struct change *,
    struct db_step *steps, size_t *nsteps, size_t *row) MUST_CHECK;

/*
 * Call this function after a change found no row. Returns PROBLEM_INVALID if
 * the caller may read the row but not change it. Otherwise, the problem remains
 * unchanged.
 */
enum problem_code change_missed(
    struct request *, const struct change *) MUST_CHECK;

/*
 * Call this function after PROBLEM_STALE. Adds the current row and its ETag to
 * the problem. Returns a different code if the row cannot be read.
 */
enum problem_code change_current(
    struct request *, const struct change *) MUST_CHECK;

#endif
