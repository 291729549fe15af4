#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>

struct arena;
struct journey_file;
struct json_object;
struct migration;

/*
 * Inspects the source and the target, and returns the plan. Choices come from
 * the earlier plan, or else are the defaults. Returns NULL on an error.
 */
struct json_object *plan_make(struct migration *, struct json_object *earlier);

/* Prints a human-readable plan. */
void plan_print(struct arena *, struct json_object *);

/*
 * Reads the plan file at m->path into m, and applies its choices. Reports each
 * error on stderr and returns false.
 */
bool plan_read(struct migration *);

/*
 * Determines the organization that a journey moves, from the plan file or,
 * without one, from incomplete runs. Returns false with a reason if the
 * organization is ambiguous.
 */
bool plan_organization(struct migration *);

/* Applies the choices in a stored plan, which is JSON. */
bool plan_apply(struct migration *, struct json_object *plan);

/* Returns false if the plan has blockers. Prints open decisions. */
bool plan_judge(struct migration *, struct json_object *plan);

/*
 * Runs the checks again with the plan's choices. Reports each blocker and each
 * open decision on stderr. Returns true if there are none.
 */
bool plan_ready(struct migration *);

/* Returns the choices as an object that maps names to texts. */
struct json_object *plan_choices(struct migration *);

/*
 * Returns a number from the settings, such as "batch", or the fallback if it is
 * missing.
 */
long plan_setting(const struct migration *, const char *name, long fallback);

/*
 * Counts the rows that a step reads. *count is their number as text, or NULL if
 * the step reads none. Sets *there to false if the source lacks the tables.
 * Returns false on an error.
 */
bool plan_count(struct migration *, const struct journey_file *step,
    bool *there, const char **count);

#endif
