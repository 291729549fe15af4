#ifndef RULES_H
#define RULES_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Runs the rules of the journey on source and target and records their
 * findings; moment is "before", "after" or "rollback".
 */
bool rules_run(struct migration *, const char *moment);

/*
 * The verdicts, as an array of {rule, title, go, detail, warnings, rows}: each rule
 * compared with "before", and for moment "after" also each step: its numbers,
 * its checksum in source and target, and a comparison of up to 100 rows field by
 * field, which the seed chooses.  NULL on failure.
 */
struct json_object *rules_judge(
    struct migration *, const char *moment, const char *seed);

/* Adds a verdict to the list, and returns it. */
struct json_object *rules_add(struct json_object *list, const char *rule,
    const char *title, bool go, long long warnings, const char *detail);

#endif
