#ifndef JWT_H
#define JWT_H

#include <time.h>

struct arena;
struct json_object;

/*
 * The tokens in emailed links: JSON Web Tokens (RFC 7519) signed with
 * HMAC-SHA256, in the format of Better Auth. The header must be exactly the one
 * that Tenantry writes, so a token cannot choose the algorithm that verifies
 * it.
 */
enum jwt_verdict { JWT_GOOD, JWT_EXPIRED, JWT_FORGED };

/* claims is a JSON object with the exp member, in seconds since 1970. */
const char *jwt_sign(struct arena *, const char *secret, const char *claims);

/*
 * Verifies a token with the secrets, one per line. *claims is NULL unless the
 * verdict is JWT_GOOD. The arena owns the claims.
 */
enum jwt_verdict jwt_verify(struct arena *, const char *secrets,
    const char *token, time_t now, struct json_object **claims);

#endif
