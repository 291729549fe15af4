#ifndef JWT_CALLER_H
#define JWT_CALLER_H

#include <stdbool.h>

#include "lib/db/db.h"

struct arena;
struct config;
struct jwks;
struct request;

/*
 * Reads the keys in TENANTRY_JWT_KEYS. *jwks is NULL without this setting.
 * Prints the reason and returns false if the file is invalid.
 */
bool jwt_caller_load(
    const struct jwks **jwks, struct arena *, const struct config *);

/*
 * Finds "Authorization: Bearer T" with a JSON Web Token and sets rq->jwt. Does
 * nothing without keys or below /api/auth.
 */
bool jwt_caller_find(struct request *);

/*
 * Verifies the token if the route needs a user. Sets the claims, and a session
 * token that is derived from the claims.
 */
enum problem_code jwt_caller_verify(struct request *) MUST_CHECK;

/* Returns the step that opens the user's session, before begin_request(). */
struct db_step jwt_caller_begin(struct request *);

#endif
