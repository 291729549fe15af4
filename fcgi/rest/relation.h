#ifndef RELATION_H
#define RELATION_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;

/*
 * Other rows that a member of a filter asks about: the one that a row names, as
 * in "company.sector", or those that name a row, as in "deals.any.amount@gte".
 */
struct relation {
	const struct resource
	    *of;            /* whose rows they are; NULL: none is named */
	const char *column; /* expression of a row t */
	const char *theirs; /* column of the others that it equals */
	bool none;          /* there is no such row */
	const char *rest; /* the member that they must match; "": the value is a
			     filter of them */
};

/*
 * Finds the relation that a member of a filter of the resource of the request
 * names.  The caller may read its rows, or the request asks for that right.
 */
enum problem_code relation_find(struct request *, const char *key,
    struct json_object *value, struct relation *) MUST_CHECK;

#endif
