#ifndef PARAM_H
#define PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"

struct request;

/* Parameters of the query string. */

#define PARAM_INTEGER 9  /* digits that SQL surely takes as an integer */
#define PARAM_BIGINT  18 /* and as a bigint */

/*
 * True for a whole number of at most so many digits, and for NULL, where none
 * came; a sign is none.
 */
bool param_is_whole(const char *value, size_t digits);

/*
 * The number, or most where none came or where it is greater; both are whole
 * numbers as param_is_whole() takes them.
 */
const char *param_limit(const char *value, const char *most);

/*
 * Those below /api/auth; complaints are in Better Auth's words.  *value is
 * NULL where none came.
 */

/* One of the words, whose list NULL ends. */
enum problem_code param_word(struct request *, const char *name,
    const char *const *words, const char **value) MUST_CHECK;

/* At most nine digits; an empty one means none. */
enum problem_code param_number(
    struct request *, const char *name, const char **value) MUST_CHECK;

/*
 * All values of one name as a JSON array: a list comes as one parameter that
 * is given again and again.  NULL where none came.
 */
const char *param_list(struct request *, const char *name);

/* Puts one before what the query string says of it. */
void param_put(struct request *, const char *name, const char *value);

#endif
