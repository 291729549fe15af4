#ifndef BODY_INPUT_H
#define BODY_INPUT_H

#include "lib/base/problem.h"

struct gateway;
struct request;

/*
 * Reads the body into the arena of the request, if its route has a body, and
 * checks its length and media type.  A truncated body is refused.
 */
enum problem_code body_input_read(
    struct gateway *, struct request *) MUST_CHECK;

#endif
