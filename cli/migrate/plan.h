#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>

struct arena;
struct journey_file;
struct json_object;
struct migration;

/*
 * Inspects source and target and returns the plan. Choices are those of the
 * earlier plan, or else the defaults. Returns NULL on an error.
 */
struct json_object *plan_make(struct migration *, struct json_object *earlier);

/* Prints a plan for people. */
void plan_print(struct arena *, struct json_object *);

/*
 * Reads the plan file of m->path into m, and applies its choices. Reports each
 * error on stderr and returns false.
 */
bool plan_read(struct migration *);

/*
 * Determines the organization that a journey moves, from the plan file or,
 * without one, from the incomplete runs. If the organization is ambiguous,
 * returns false with a reason.
 */
bool plan_organization(struct migration *);

/* Applies the choices of a stored plan, which is JSON. */
bool plan_apply(struct migration *, struct json_object *plan);

/* Returns false if the plan has blockers. Prints the open decisions. */
bool plan_judge(struct migration *, struct json_object *plan);

/*
 * Runs the checks again with the choices of the plan. Reports each blocker and
 * each open decision on stderr. Returns true if there are none.
 */
bool plan_ready(struct migration *);

/* Returns the choices as one object of names and texts. */
struct json_object *plan_choices(struct migration *);

/*
 * Returns a number in the settings, such as "batch", or the fallback if it is
 * missing.
 */
long plan_setting(const struct migration *, const char *name, long fallback);

/*
 * Counts the rows that a step reads, as text, or NULL if it reads none. Sets
 * *there to false if the source lacks the tables. Returns false on an error.
 */
bool plan_count(struct migration *, const struct journey_file *step,
    bool *there, const char **count);

#endif
