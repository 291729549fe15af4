#ifndef PARAM_NAMES_H
#define PARAM_NAMES_H

#include "lib/base/problem.h"

struct request;

/*
 * Refuses a parameter that the route lacks. The message suggests the most
 * similar parameter. Better Auth routes accept any parameter, because Better
 * Auth ignores unknown parameters. Emailed links and other secret URLs also
 * accept any parameter, because other programs add parameters to them.
 */
enum problem_code param_names_check(struct request *) MUST_CHECK;

#endif
