#ifndef BETTER_AUTH_H
#define BETTER_AUTH_H

#include <stdbool.h>

#include "fcgi/http/param.h"
#include "lib/base/problem.h"

struct arena;
struct config;
struct request;

/*
 * Compatibility with Better Auth for all paths below /api/auth: the cookie
 * names, and the error codes, statuses and texts.
 */

/* Returns true for a path below /api/auth. */
bool better_auth_path(const struct request *);

/* Returns "better-auth.NAME", or "__Secure-better-auth.NAME" with HTTPS. */
const char *better_auth_cookie(const struct config *, const char *name);

/* Returns the value of a signed cookie, or NULL if it is missing or forged. */
const char *better_auth_signed_cookie(struct request *, const char *name);

/*
 * Returns the token of the operator's own session, which the
 * admin_session cookie preserves during an impersonation. Returns "" if there
 * is no such cookie.
 */
const char *better_auth_admin_token(struct request *);

/* Returns the HTTP status that Better Auth sends for the problem. */
int better_auth_status(const struct problem *);

/* Returns {"message","code"}, or NULL if Better Auth sends an empty body. */
const char *better_auth_json(struct arena *, const struct problem *);

/*
 * Returns the code without its subject and suffix, for the query of a redirect.
 */
const char *better_auth_code(struct arena *, const struct problem *);

/* Better Auth's list parameters, for query_param. */
#define BETTER_AUTH_LIST_PARAMS                                                \
	{ "limit", PARAM_WHOLE, "the maximum number of rows", NULL },          \
	    { "offset", PARAM_WHOLE, "the number of rows to skip", NULL },     \
	    { "sortBy", PARAM_TEXT, "the member to sort by", NULL },           \
	    { "sortDirection", PARAM_TEXT, "the direction (default: asc)",     \
		    PARAM_WORDS("asc", "desc") },                              \
	    { "filterField", PARAM_TEXT, "the member to filter by", NULL },    \
	    { "filterOperator", PARAM_TEXT, "the comparison (default: eq)",    \
		    PARAM_WORDS("eq", "ne", "lt", "lte", "gt", "gte", "in",    \
			"not_in", "contains", "starts_with", "ends_with") },   \
	{                                                                      \
		"filterValue", PARAM_TEXT,                                     \
		    "the value; repeated for in and not_in", NULL              \
	}

#endif
