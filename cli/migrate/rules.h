#ifndef RULES_H
#define RULES_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Runs the journey's rules on the source and the target, and records their
 * findings. moment is "before", "after" or "rollback".
 */
bool rules_run(struct migration *, const char *moment);

/*
 * Returns the verdicts, as an array of {rule, title, go, detail, warnings,
 * rows}. There is a verdict for each rule, compared with "before". If moment is
 * "after", there are also verdicts for each step: on its numbers, its checksums
 * in the source and the target, and up to 100 rows that are compared field by
 * field. The seed selects these rows. Returns NULL on an error.
 */
struct json_object *rules_judge(
    struct migration *, const char *moment, const char *seed);

/* Adds a verdict to the list, and returns it. */
struct json_object *rules_add(struct json_object *list, const char *rule,
    const char *title, bool go, long long warnings, const char *detail);

#endif
