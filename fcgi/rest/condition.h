#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>

#include "lib/base/problem.h"

#define WORDS_MAX 10 /* maximum number of words in a search or pattern */

struct resource;
struct json_object;
struct request;
struct statement;

/*
 * Appends the SQL condition on row t for a filter member, such as "stage",
 * "stage@not.in" or "metadata->key".
 */
enum problem_code condition_put(struct request *, struct statement *,
    const char *key, struct json_object *value) MUST_CHECK;

/* Returns the number of words that a condition compares with patterns. */
int condition_patterns(const char *key, struct json_object *value);

/*
 * Returns true for more than WORDS_MAX words, because every word costs a scan
 * of the rows.
 */
bool condition_too_long(const char *text);

/*
 * Returns true for a source name: 1 to 50 letters a-z, digits, dots, hyphens
 * and underscores.
 */
bool external_source(const char *);

/*
 * Writes the condition that row t has one of the ids from a source. keys is a
 * text[] of ids. The condition uses the index on the ids.
 */
void external_ids_condition(struct statement *, const struct resource *,
    const char *source, const char *keys);

#endif
