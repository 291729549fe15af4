#ifndef ARCHIVED_H
#define ARCHIVED_H

#include "lib/base/problem.h"

struct request;

/*
 * Omits archived rows from a list of a resource that archives rows, unless the
 * request asks for them: by include, by IDs or by a filter on archived_at.
 */
enum problem_code archived_omit(struct request *) MUST_CHECK;

#endif
