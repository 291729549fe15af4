#ifndef BULK_SELECTION_H
#define BULK_SELECTION_H

#include <stddef.h>

#include "lib/db/db.h"

struct json_object;
struct request;

/* The steps that select rows with a filter. The last step has the result. */
#define BULK_SELECTION_STEPS 2
struct bulk_selection {
	struct db_step steps[BULK_SELECTION_STEPS];
	size_t n;
};

/* Counts the rows. The result is {"count":N}. */
enum problem_code bulk_selection_count(struct request *,
    struct json_object *filter, struct bulk_selection *) MUST_CHECK;

/*
 * Selects and locks the rows for query_update_many() or query_delete_many(),
 * whose argument ids is then NULL. The caller then runs crm.end_bulk(). Fails
 * if there are more than "most" rows. "most" is a number or NULL.
 */
enum problem_code bulk_selection_lock(struct request *,
    struct json_object *filter, const char *action, const char *most,
    struct bulk_selection *) MUST_CHECK;

#endif
