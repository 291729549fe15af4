#ifndef DELETED_H
#define DELETED_H

#include "fcgi/http/param.h"
#include "lib/base/problem.h"

struct request;

/* The query parameter that deleted_include() reads. */
#define INCLUDE_PARAM                                                          \
	{                                                                      \
		"include", PARAM_TEXT, "deleted: also the rows in the trash",  \
		    PARAM_WORDS("deleted")                                     \
	}

/*
 * With include=deleted, the rows of the resource are those of its table or view
 * and those in the trash, with the columns deleted_at and deleted_by. This
 * requires the scope of the trash. Changes the route of the request. one is
 * true for a row by its ID, and false for page_query().
 */
enum problem_code deleted_include(struct request *, bool one) MUST_CHECK;

#endif
