#ifndef PARAM_NAMES_H
#define PARAM_NAMES_H

#include "lib/base/problem.h"

struct request;

/*
 * Refuses a parameter that the route lacks. The message suggests the most
 * similar parameter. Routes of Better Auth accept any parameter, because Better
 * Auth ignores unknown ones. So do mailed links and other secret addresses,
 * because other programs add parameters to them.
 */
enum problem_code param_names_check(struct request *) MUST_CHECK;

#endif
