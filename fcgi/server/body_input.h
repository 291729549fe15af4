#ifndef BODY_INPUT_H
#define BODY_INPUT_H

#include "lib/base/problem.h"

struct gateway;
struct request;

/*
 * Reads the body, if the request's route takes one, into the request's arena
 * and checks its media type.  A body that ends early is refused, so that no
 * part of it takes effect.
 */
enum problem_code body_input_read(
    struct gateway *, struct request *) MUST_CHECK;

#endif
