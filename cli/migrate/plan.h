#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>

struct arena;
struct journey_file;
struct json_object;
struct migration;

/*
 * Looks at source and target and returns the plan, with the default choices or,
 * where the earlier plan has them, with its choices.  NULL on failure.
 */
struct json_object *plan_make(struct migration *, struct json_object *earlier);

/* Prints a plan for people. */
void plan_print(struct arena *, struct json_object *);

/*
 * Reads the plan file of m->path into m, and applies its choices.  False, with
 * a line on stderr for each error.
 */
bool plan_read(struct migration *);

/*
 * Determines the organization that a journey moves, from the plan file or,
 * without one, from the incomplete runs. False, with a reason, if it is
 * ambiguous.
 */
bool plan_organization(struct migration *);

/* Applies the choices that a stored plan has, as JSON. */
bool plan_apply(struct migration *, struct json_object *plan);

/* False if the plan has blockers; prints the open decisions. */
bool plan_judge(struct migration *, struct json_object *plan);

/*
 * Runs the checks again with the choices of the plan; true if there are no
 * blockers and no open decisions. Reports each on stderr.
 */
bool plan_ready(struct migration *);

/* The choices as one object: names and texts. */
struct json_object *plan_choices(struct migration *);

/* A number of the settings, such as "batch"; the fallback if it is missing. */
long plan_setting(const struct migration *, const char *name, long fallback);

/*
 * The number of rows that a step reads, as text; NULL if it reads none.  *there
 * is false if the source does not have its tables.  False on failure.
 */
bool plan_count(struct migration *, const struct journey_file *step,
    bool *there, const char **count);

#endif
