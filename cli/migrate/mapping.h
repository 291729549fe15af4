#ifndef MAPPING_H
#define MAPPING_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * The source columns that correspond to the columns that the journey reads, and
 * the treatment of the tables that it does not read. Both are members of the
 * plan, "mapping" and "others", which people edit.
 */

/*
 * Proposes both for a new plan, keeps an earlier plan's choices, and adds a
 * blocker for each open question. The journey's queries then use the mapping.
 */
bool mapping_make(
    struct migration *, struct json_object *plan, struct json_object *earlier);

/* Checks and applies the mapping in a plan that was read. */
bool mapping_apply(struct migration *, struct json_object *plan);

/*
 * Writes the rows of tables for which the choice is "archive" to a file beside
 * the plan.
 */
bool mapping_archive(struct migration *);

#endif
