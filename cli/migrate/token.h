#ifndef GO_TOKEN_H
#define GO_TOKEN_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * Makes the token with which a dry run permits a run for 24 hours. The token is
 * signed with BETTER_AUTH_SECRET, and bound to the plan file, the source's
 * fingerprint, the target and the journey's version. "times" has each step's
 * milliseconds, for estimates.
 */
const char *go_token_make(
    struct migration *, const char *fingerprint, struct json_object *times);

/*
 * Returns the times in the token if it permits this run. Otherwise, reports the
 * reason on stderr and returns NULL.
 */
struct json_object *go_token_check(
    struct migration *, const char *token, const char *fingerprint);

#endif
