#ifndef BODY_FIELD_H
#define BODY_FIELD_H

#include <stdbool.h>

#include "lib/base/problem.h"
#include "lib/format/shape.h"

struct json_object;
struct request;
struct route;

/* The type of a body member. */
enum body_type {
	BODY_STRING,
	BODY_STRING_OR_NULL,
	BODY_EMAIL,
	BODY_BOOLEAN,
	BODY_NUMBER,
	BODY_WHOLE, /* an integer, as a number or a string: an id */
	BODY_WHOLE_OR_NULL,
	BODY_RECORD,     /* an object with any members */
	BODY_OBJECT,     /* an object whose members are fields of the route */
	BODY_FILE,       /* an object, a URL or null: see file_columns.h */
	BODY_ROLE,       /* a string or an array of strings */
	BODY_PERMISSION, /* an object of arrays of strings */
	BODY_STRINGS,    /* an array of strings */
	BODY_LIST,       /* an array of any values */
};

enum body_flag {
	BODY_REQUIRED = 1,
	BODY_FILLED = 2, /* "" is not valid */
	BODY_LONG = 4,   /* has no limit other than that of the body */
	BODY_SECRET = 8, /* compared with a secret: excluded from trials */
};

/* Maximum number of characters of a text without BODY_MOST(). */
#define BODY_TEXT_MAX SHAPE_TEXT_MAX

/* Flag of a text with another maximum, in characters. */
#define BODY_MOST(n) ((unsigned)(n) << 8)

struct body_field {
	const char *name; /* "data.slug" is a member of the object "data" */
	enum body_type type;
	unsigned flags; /* enum body_flag, BODY_MOST() */
};

/*
 * Returns the maximum number of characters of a field outside of /api/auth, or
 * 0 if it has none.
 */
long body_field_most(const struct body_field *);

/*
 * Returns the type of a JSON value in JavaScript's terms; "undefined" if
 * absent.
 */
const char *body_type_name(struct json_object *, bool present);

/* Returns true if other members can replace the member. */
bool body_field_replaceable(const struct route *, const char *name);

/*
 * Fails with a list of all invalid members, in Better Auth's texts. Ignores
 * unknown members.
 */
enum problem_code body_check_better_auth(
    struct request *, struct json_object *body) MUST_CHECK;

/* Fails with a list of all invalid and unknown members. */
enum problem_code body_check(
    struct request *, struct json_object *body) MUST_CHECK;

#endif
