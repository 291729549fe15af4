#ifndef PARAM_NAMES_H
#define PARAM_NAMES_H

#include "lib/base/problem.h"

struct request;

/*
 * Refuses a parameter that the route does not have; the message names the
 * nearest one that it has.  Routes of Better Auth, which ignores unknown ones,
 * and those of mailed links and other secret addresses, to which other programs
 * add parameters, take any.
 */
enum problem_code param_names_check(struct request *) MUST_CHECK;

#endif
