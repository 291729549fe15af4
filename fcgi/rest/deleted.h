#ifndef DELETED_H
#define DELETED_H

#include <stdbool.h>

#include "fcgi/http/param.h"
#include "lib/base/problem.h"

struct request;
struct resource;

/* The query parameter that deleted_include() reads. */
#define INCLUDE_PARAM                                                          \
	{                                                                      \
		"include", PARAM_TEXT,                                         \
		    "deleted: adds the rows in the trash and archived rows; "  \
		    "archived: adds archived rows, which lists of "            \
		    "opportunities omit",                                      \
		    PARAM_WORDS("archived", "deleted")                         \
	}

/* Returns whether the parameter can have a value, for a resource. */
bool deleted_admits(const struct resource *, const char *include);

/*
 * Adds the rows in the trash to those in the table or view if the request has
 * include=deleted. Also adds the columns deleted_at and deleted_by. This
 * requires the scope of the trash. Changes the route of the request. one is
 * true for a single row by its ID, and false for page_query().
 */
enum problem_code deleted_include(struct request *, bool one) MUST_CHECK;

#endif
