#ifndef BULK_SELECTION_H
#define BULK_SELECTION_H

#include <stddef.h>

#include "lib/db/db.h"

struct json_object;
struct request;

/* Statements about all rows under a filter; the last one's answer counts. */
#define BULK_SELECTION_STEPS 2
struct bulk_selection {
	struct db_step steps[BULK_SELECTION_STEPS];
	size_t n;
};

/* {"count":N} */
enum problem_code bulk_selection_count(struct request *,
    struct json_object *filter, struct bulk_selection *) MUST_CHECK;

/*
 * Takes hold of them for a change of all: query_update_many() and
 * query_delete_many() without ids are about them, crm.end_bulk() ends it.  It
 * is refused where there are more than most, a number or NULL.
 */
enum problem_code bulk_selection_lock(struct request *,
    struct json_object *filter, const char *action, const char *most,
    struct bulk_selection *) MUST_CHECK;

#endif
