#ifndef PARAM_H
#define PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"

struct request;

/* Parameters of the query string. */

#define PARAM_INTEGER 9  /* digits that always fit SQL integer */
#define PARAM_BIGINT  18 /* digits that always fit SQL bigint */

/* True for NULL, and for an unsigned integer of at most that many digits. */
bool param_is_whole(const char *value, size_t digits);

/*
 * The number, or most where none came or where it is greater; both are whole
 * numbers as param_is_whole() takes them.
 */
const char *param_limit(const char *value, const char *most);

/*
 * The next two are for routes below /api/auth: errors have the texts of
 * Better Auth.  *value is NULL if the parameter is missing.
 */

/* The value must be one of the words; the list ends with NULL. */
enum problem_code param_word(struct request *, const char *name,
    const char *const *words, const char **value) MUST_CHECK;

/* The value must have at most nine digits; an empty one counts as missing. */
enum problem_code param_number(
    struct request *, const char *name, const char **value) MUST_CHECK;

/* All values of a repeated parameter as a JSON array; NULL if missing. */
const char *param_list(struct request *, const char *name);

/* Sets a parameter; it takes precedence over the query string. */
void param_put(struct request *, const char *name, const char *value);

#endif
