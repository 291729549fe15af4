#ifndef RELATION_H
#define RELATION_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;

/*
 * Related rows that a member of a filter is about: the row to which a row
 * refers, as in "company.sector", or the rows that refer to it, as in
 * "deals.any.amount@gte".
 */
struct relation {
	const struct resource
	    *of;            /* the table of the rows; NULL: no relation */
	const char *column; /* expression of a row t */
	const char *theirs; /* column of the others that it equals */
	bool none;          /* there is no such row */
	const char *rest; /* the member that they must match; "": the value is a
			     filter of them */
};

/*
 * Finds the relation that a member of a filter names for the resource of the
 * request. The caller may read its rows; otherwise the request requires that
 * permission.
 */
enum problem_code relation_find(struct request *, const char *key,
    struct json_object *value, struct relation *) MUST_CHECK;

#endif
