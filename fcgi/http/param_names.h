#ifndef PARAM_NAMES_H
#define PARAM_NAMES_H

#include "lib/base/problem.h"

struct request;

/*
 * Refuses a parameter that the route does not have; the message suggests the
 * most similar one. Routes of Better Auth, which ignores unknown parameters,
 * accept any, and so do mailed links and other secret addresses, to which other
 * programs add parameters.
 */
enum problem_code param_names_check(struct request *) MUST_CHECK;

#endif
