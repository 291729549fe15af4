#ifndef GO_TOKEN_H
#define GO_TOKEN_H

#include <stdbool.h>

struct json_object;
struct migration;

/*
 * The permission that a dry run gives for 24 hours: signed with
 * BETTER_AUTH_SECRET, and bound to the plan file, the fingerprint of the
 * source, the target and the version of the journey.  "times" has the
 * milliseconds of each step, for estimates.
 */
const char *go_token_make(
    struct migration *, const char *fingerprint, struct json_object *times);

/*
 * The times of the token, if it permits this run; NULL, with the reason on
 * stderr, if not.
 */
struct json_object *go_token_check(
    struct migration *, const char *token, const char *fingerprint);

#endif
