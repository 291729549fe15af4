#ifndef MAPPING_H
#define MAPPING_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Which column of the source stands for each column that the journey reads, and
 * what becomes of the tables that it does not read.  Both are members of the plan,
 * "mapping" and "others", which people edit.
 */

/*
 * Proposes both for a new plan, keeps what an earlier one says, and adds a blocker
 * for what is open.  The queries of the journey read what the mapping says then.
 */
bool mapping_make(
    struct migration *, struct json_object *plan, struct json_object *earlier);

/* Checks the mapping of a plan that was read, and applies it. */
bool mapping_apply(struct migration *, struct json_object *plan);

/* Writes the rows of tables that become "archive" to a file beside the plan. */
bool mapping_archive(struct migration *);

#endif
