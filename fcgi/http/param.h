#ifndef PARAM_H
#define PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/value.h"

struct json_object;
struct request;

/* Maximum number of digits that always fit into SQL integer. */
#define PARAM_INTEGER 9
/* Maximum number of digits that always fit into SQL bigint. */
#define PARAM_BIGINT 18

enum param_type {
	PARAM_TEXT,
	PARAM_WHOLE,  /* an unsigned integer */
	PARAM_ARRAY,  /* a JSON array of texts */
	PARAM_RANGE,  /* a JSON array of integers */
	PARAM_OBJECT, /* a JSON object */
};

/*
 * A query parameter of a route.  The functions below and the OpenAPI document
 * read the same rows.  The last row of a table has no name.
 */
struct query_param {
	const char *name;
	enum param_type type;
	const char *about;        /* for OpenAPI */
	const char *const *words; /* all valid values, then NULL; or NULL */
};

/* For query_param.words. */
#define PARAM_WORDS(...)                                                       \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

/* The parameters of every route that requires a session. */
extern const struct query_param session_params[];

/*
 * Returns the first value that was sent. Returns NULL if no value was sent, or
 * if the route's table lacks the parameter.
 */
const char *param_text(const struct request *, const char *name);

/* Refuses a value that PostgreSQL does not accept for the type. */
enum problem_code param_check(
    struct request *, const char *name, enum value_type) MUST_CHECK;

/* Returns false for a value that is not one of the parameter's words. */
bool param_allowed(const struct request *, const char *name);

/*
 * Refuses a value that param_allowed() does not accept, with a message that
 * names the words.
 */
enum problem_code param_refuse(
    struct request *, enum problem_code, const char *name);

/*
 * Parses a parameter as JSON of the type given in its row. *value is NULL if
 * the parameter is missing or empty.
 */
enum problem_code param_json(
    struct request *, const char *name, struct json_object **value) MUST_CHECK;

/*
 * Returns true for NULL and for an unsigned integer with at most this many
 * digits.
 */
bool param_is_whole(const char *value, size_t digits);

/* Refuses a value that is not an integer from 1 to most. */
enum problem_code param_check_count(
    struct request *, const char *name, const char *most) MUST_CHECK;

/*
 * The next two functions are for routes below /api/auth. Their errors have
 * Better Auth's texts. *value is NULL if the parameter is missing.
 */

/* Reads a value that must be one of the parameter's words. */
enum problem_code param_word(
    struct request *, const char *name, const char **value) MUST_CHECK;

/* Reads a number with at most nine digits. An empty value counts as missing. */
enum problem_code param_number(
    struct request *, const char *name, const char **value) MUST_CHECK;

/*
 * Returns all values of a repeated parameter as a JSON array, or NULL if the
 * parameter is missing.
 */
const char *param_list(struct request *, const char *name);

/* Sets a parameter, which takes precedence over the query string. */
void param_put(struct request *, const char *name, const char *value);

#endif
