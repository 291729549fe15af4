#ifndef LISTS_H
#define LISTS_H

#include "problem.h"

struct json_object;
struct request;
struct resource;
struct statement;

/* Members are what a body says, or lists that gain or lose what it lists. */
enum lists_change { LISTS_SET, LISTS_ADD, LISTS_REMOVE };

/* Only lists of ids gain or lose some, and only by a list; all may be set. */
enum problem_code lists_check(struct request *, const struct resource *,
    enum lists_change, struct json_object *taken) MUST_CHECK;

/*
 * "a = ..., b = ...": what a row of t has when it is written, and not what a
 * client saw, with the members of n or without them.
 */
void lists_put(
    struct statement *, enum lists_change, struct json_object *taken);

#endif
