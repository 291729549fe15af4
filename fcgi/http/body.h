#ifndef BODY_H
#define BODY_H

#include <stdbool.h>

#include "fcgi/http/body_field.h"
#include "lib/base/problem.h"

struct json_object;
struct request;

/*
 * Parses the body and checks it against the fields of the route. An empty body
 * counts as an empty object if no field is required. A URL-encoded form is
 * accepted if the route has ROUTE_FORM.
 *
 * Below /api/auth, the error lists every invalid member with Better Auth's
 * texts, and unknown members are ignored. Elsewhere, the error is a problem
 * about the first invalid or unknown member.
 */
enum problem_code body_read(
    struct request *, struct json_object **body) MUST_CHECK;

/*
 * Returns a BODY_ROLE member, "owner" or ["admin","member"], in its stored
 * form, a comma-separated list. Returns NULL if the member is missing.
 */
const char *body_roles(
    struct request *, const struct json_object *body, const char *name);

/* Returns a BODY_WHOLE member as text, or NULL if the member is missing. */
const char *body_whole(const struct json_object *body, const char *name);

#endif
