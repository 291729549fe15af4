#ifndef CHOICE_H
#define CHOICE_H

#include <stddef.h>

#include "db.h"

struct json_object;
struct request;

/* Statements about all rows under a filter; the last one's answer counts. */
#define CHOICE_STEPS 2
struct choice {
	struct db_step steps[CHOICE_STEPS];
	size_t n;
};

/* {"count":N} */
enum problem_code choice_count(
    struct request *, struct json_object *filter, struct choice *) MUST_CHECK;

/*
 * Takes hold of them for a change of all: query_update_many() and
 * query_delete_many() without ids are about them, crm.end_bulk() ends it.  It
 * is refused where there are more than most, a number or NULL.
 */
enum problem_code choice_hold(struct request *, struct json_object *filter,
    const char *action, const char *most, struct choice *) MUST_CHECK;

#endif
