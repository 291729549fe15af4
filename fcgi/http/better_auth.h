#ifndef BETTER_AUTH_H
#define BETTER_AUTH_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct arena;
struct config;
struct request;

/*
 * The manners of Better Auth's wire, for everything below /api/auth: the
 * names of its cookies, and the codes, statuses and texts of its errors.
 */

/* True for a request below /api/auth, whatever else is in its path. */
bool better_auth_path(const struct request *);

/* "better-auth.NAME", or "__Secure-better-auth.NAME" under https. */
const char *better_auth_cookie(const struct config *, const char *name);

/*
 * The value of such a cookie without its signature; NULL when it is missing or
 * its signature is wrong.
 */
const char *better_auth_signed_cookie(struct request *, const char *name);

/* Status of the problem on this wire. */
int better_auth_status(const struct problem *);

/* {"message","code"}, or NULL where the wire answers with an empty body. */
const char *better_auth_json(struct arena *, const struct problem *);

/* Its code alone, as a redirect carries it. */
const char *better_auth_code(struct arena *, const struct problem *);

#endif
