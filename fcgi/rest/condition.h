#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>

#include "lib/base/problem.h"

#define WORDS_MAX 10 /* of a search or a pattern */

struct json_object;
struct request;
struct statement;

/*
 * Appends what one member of a filter demands of the row t: "stage",
 * "stage@not.in" and their kind, or "metadata->key".
 */
enum problem_code condition_put(struct request *, struct statement *,
    const char *key, struct json_object *value) MUST_CHECK;

/* Each word is looked for in every row that is left. */
bool condition_too_long(const char *text);

#endif
