#ifndef CARD_H
#define CARD_H

#include "lib/base/problem.h"

struct json_object;
struct request;

/*
 * Refuses a body in which a text looks like a payment card number. The error
 * names only the field: the number appears in no response, log or table. This
 * is a resource_check_fn.
 */
enum problem_code card_check(
    struct request *, const char *id, struct json_object *body) MUST_CHECK;

/*
 * Reads the body of a request about one row, and refuses the body as
 * card_check() does. The request owns the body.
 */
enum problem_code card_read_body(
    struct request *, struct json_object **body) MUST_CHECK;

#endif
