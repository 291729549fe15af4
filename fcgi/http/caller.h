#ifndef CALLER_H
#define CALLER_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct request;

/* The prefix of publishable keys. No other key has this prefix. */
#define CALLER_PUBLISHABLE "publishable_"

/*
 * Finds the credentials in the headers and sets the key or the token of the
 * request. The database verifies them. Fails if the x-user-id header is present
 * but not allowed.
 */
enum problem_code caller_find(struct request *) MUST_CHECK;

/* Returns true if the request has an API key, a token, or a malformed token. */
bool caller_has_token(const struct request *);

#endif
