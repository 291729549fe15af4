#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>

struct arena;
struct config;
struct json_object;
struct problem;
struct request;

#include "problem.h"

/*
 * The manners of Better Auth's wire, for everything below /api/auth: the
 * names of its cookies, the codes, statuses and texts of its errors, and how
 * it words a body that does not fit.
 */

/* "better-auth.NAME", or "__Secure-better-auth.NAME" under https. */
const char *wire_cookie(const struct config *, const char *name);

/* Status of the problem on this wire. */
int wire_status(const struct problem *);

/* {"message","code"}, or NULL where the wire answers with an empty body. */
const char *wire_json(struct arena *, const struct problem *);

/* True when the code of PROBLEM_WIRE is in the table. */
bool wire_known(const char *code);

/* What a member of a body must be. */
enum wire_type {
	WIRE_STRING,
	WIRE_STRING_OR_NULL,
	WIRE_EMAIL,
	WIRE_BOOLEAN,
	WIRE_NUMBER,
	WIRE_RECORD,
	WIRE_ROLE, /* a string or an array of strings */
};

struct wire_field {
	const char *name;
	enum wire_type type;
	bool required;
	bool filled; /* not the empty string */
};

/*
 * The body, once each of its members fits; a list of every complaint in the
 * order of the fields otherwise.  fields ends with a NULL name.
 */
enum problem_code wire_body(struct request *, const struct wire_field *fields,
    struct json_object **body) MUST_CHECK;

/* True for an address the wire's schema takes; ASCII only, no look-alikes. */
bool wire_email(const char *);

#endif
