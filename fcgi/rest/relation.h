#ifndef RELATION_H
#define RELATION_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;
struct route;

/*
 * Related rows in a filter member: the row to which a row refers, as in
 * "company.sector", or the rows that refer to a row, as in
 * "deals.any.amount@gte".
 */
struct relation {
	/* The resource of the related rows. NULL: no relation. */
	const struct resource *of;
	const char *column; /* expression on row t */
	const char *theirs; /* column of the related rows that equals column */
	bool none;          /* true: no related row may match */
	/*
	 * The member that the related rows must match. "": the value is a
	 * filter for these rows.
	 */
	const char *rest;
};

/*
 * Finds the relation that a filter member names for the request's resource. If
 * the caller cannot read the related rows, the request then requires this
 * permission.
 */
enum problem_code relation_find(struct request *, const char *key,
    struct json_object *value, struct relation *) MUST_CHECK;

/*
 * Finds the relation that an element of embed names: "company" is the row to
 * which a row refers, "deals" are the rows that refer to it (*many is true), and
 * "custom.machine" is the row to which a custom field refers. The request then
 * requires the permission to read these rows. rel->of is NULL if there is no
 * such relation.
 */
enum problem_code relation_embedded(struct request *, const char *name,
    struct relation *rel, bool *many) MUST_CHECK;

/*
 * Makes another resource that of the request's route, to parse the names of its
 * columns. Returns the previous route, which the caller restores. The new route
 * has no verb: if the caller can list only some rows of the other resource, this
 * does not limit the request's own list.
 */
const struct route *relation_enter(struct request *, const struct resource *of);

#endif
