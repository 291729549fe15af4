#ifndef BODY_INPUT_H
#define BODY_INPUT_H

#include "lib/base/problem.h"

struct gateway;
struct request;

/*
 * Reads the body into the request's arena if the route has a body, and checks
 * the body's length and media type. A truncated body is refused.
 */
enum problem_code body_input_read(
    struct gateway *, struct request *) MUST_CHECK;

#endif
