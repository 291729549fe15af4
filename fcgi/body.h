#ifndef BODY_H
#define BODY_H

#include <stdbool.h>

#include "problem.h"

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
	BODY_FILE,       /* a record, an address or null: see inline.h */
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

/*
 * The body, once each member that the route tells of fits.  It may be absent
 * where no member is required, and an urlencoded form where the route takes
 * one.
 *
 * Below /api/auth the refusal lists every complaint in Better Auth's words,
 * and members nobody told of are dropped.  Elsewhere it is a problem about
 * the first member that does not fit, and unknown members are refused.
 */
enum problem_code body_read(
    struct request *, struct json_object **body) MUST_CHECK;

/*
 * A BODY_ROLE member, "owner" or ["admin","member"], as the comma list that it
 * is kept as; NULL where it is missing.
 */
const char *body_roles(
    struct request *, const struct json_object *body, const char *name);

/* A BODY_WHOLE member as text; NULL where it is missing. */
const char *body_whole(const struct json_object *body, const char *name);

/* True for an address the wire's schema takes; ASCII only, no look-alikes. */
bool body_email(const char *);

#endif
