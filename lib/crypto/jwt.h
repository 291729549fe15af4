#ifndef JWT_H
#define JWT_H

#include <time.h>

struct arena;
struct json_object;

/*
 * The token of a link that is mailed: a JWT by HMAC-SHA256 under the secret,
 * as better-auth makes it.  It has one header, byte for byte, so no token can
 * choose how it is checked.
 */
enum jwt_verdict { JWT_GOOD, JWT_EXPIRED, JWT_FORGED };

/* claims is the text of an object, with exp in seconds since 1970. */
const char *jwt_sign(struct arena *, const char *secret, const char *claims);

/* *claims is set for a good one alone. */
enum jwt_verdict jwt_verify(struct arena *, const char *secret,
    const char *token, time_t now, struct json_object **claims);

#endif
