#ifndef MAPPING_H
#define MAPPING_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * The columns of the source that correspond to the columns that the journey reads,
 * and the treatment of the tables that it does not read. Both are members of the
 * plan, "mapping" and "others", which people edit.
 */

/*
 * Proposes both for a new plan, keeps the choices of an earlier plan, and adds
 * a blocker for each open question. The queries of the journey then use the
 * mapping.
 */
bool mapping_make(
    struct migration *, struct json_object *plan, struct json_object *earlier);

/* Checks the mapping of a plan that was read, and applies it. */
bool mapping_apply(struct migration *, struct json_object *plan);

/*
 * Writes the rows of tables with the choice "archive" to a file beside the
 * plan.
 */
bool mapping_archive(struct migration *);

#endif
