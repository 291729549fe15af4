#ifndef BODY_FIELD_H
#define BODY_FIELD_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct json_object;
struct request;

/* What a member of a body must be. */
enum body_type {
	BODY_STRING,
	BODY_STRING_OR_NULL,
	BODY_EMAIL,
	BODY_BOOLEAN,
	BODY_NUMBER,
	BODY_WHOLE, /* a whole number, as number or text: an id */
	BODY_RECORD,
	BODY_FILE,       /* a record, an address or null: see file_columns.h */
	BODY_ROLE,       /* a string or an array of strings */
	BODY_PERMISSION, /* a record of arrays of strings */
	BODY_STRINGS,    /* an array of strings */
	BODY_LIST,       /* an array of anything */
};

struct body_field {
	const char *name; /* "data.slug" is a member of the record "data" */
	enum body_type type;
	bool required;
	bool filled; /* not the empty string */
};

/* The JSON type of a value, as JavaScript names it. */
const char *body_type_name(struct json_object *, bool present);

/*
 * Fails with every member that does not fit, in the words of Better Auth's
 * schema; unknown members are ignored.
 */
enum problem_code body_check_better_auth(
    struct request *, struct json_object *body) MUST_CHECK;

/*
 * Fails with the first member that does not fit or that the route does not
 * have.  Null counts as missing.
 */
enum problem_code body_check(
    struct request *, struct json_object *body) MUST_CHECK;

#endif
