#ifndef CALLER_H
#define CALLER_H

#include "lib/base/problem.h"

struct request;

/*
 * Finds the credentials that the headers carry and sets the request's key or
 * token.  Whether they are valid is decided by the database.  Fails when the
 * header x-user-id is not allowed here.
 */
enum problem_code caller_find(struct request *) MUST_CHECK;

#endif
