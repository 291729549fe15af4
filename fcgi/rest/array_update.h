#ifndef ARRAY_UPDATE_H
#define ARRAY_UPDATE_H

#include "lib/base/problem.h"

struct json_object;
struct request;
struct resource;
struct statement;

/* Members are what a body says, or lists that gain or lose what it lists. */
enum array_change { ARRAY_SET, ARRAY_ADD, ARRAY_REMOVE };

/* Only lists of ids gain or lose some, and only by a list; all may be set. */
enum problem_code array_update_check(struct request *, const struct resource *,
    enum array_change, struct json_object *taken) MUST_CHECK;

/*
 * "a = ..., b = ...": what a row of t has when it is written, and not what a
 * client saw, with the members of n or without them.
 */
void array_update_put(
    struct statement *, enum array_change, struct json_object *taken);

#endif
