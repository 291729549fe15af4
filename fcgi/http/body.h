#ifndef BODY_H
#define BODY_H

#include <stdbool.h>

#include "fcgi/http/body_field.h"
#include "lib/base/problem.h"

struct json_object;
struct request;

/*
 * The body, once each member that the route tells of fits.  It may be absent
 * where no member is required, and an urlencoded form where the route takes
 * one.
 *
 * Below /api/auth the refusal lists every complaint in Better Auth's words,
 * and members nobody told of are dropped.  Elsewhere it is a problem about
 * the first member that does not fit, and unknown members are refused.
 */
enum problem_code body_read(
    struct request *, struct json_object **body) MUST_CHECK;

/*
 * A BODY_ROLE member, "owner" or ["admin","member"], as the comma list that it
 * is kept as; NULL where it is missing.
 */
const char *body_roles(
    struct request *, const struct json_object *body, const char *name);

/* A BODY_WHOLE member as text; NULL where it is missing. */
const char *body_whole(const struct json_object *body, const char *name);

#endif
