#ifndef JWKS_H
#define JWKS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_object;

/*
 * A set of keys (RFC 7517) that verify JSON Web Tokens from another issuer. See
 * lib/crypto/jose.h for the supported algorithms.
 */
struct jwks;

/*
 * Parses a set. Returns NULL and sets the reason if the set has no keys or a
 * key that is not supported. The arena owns the keys.
 */
const struct jwks *jwks_read(
    struct arena *, const char *text, size_t len, const char **why);

/* The claims that a token must have. */
struct jwks_rules {
	const char *issuer;
	const char *audience;
	int64_t skew; /* tolerated clock difference in seconds */
	int64_t now;
};

/*
 * Verifies the signature, issuer, audience and times of a token, and that it
 * has a subject. The key is the one that kid names or, without a kid, the only
 * key with the token's algorithm. The key determines the algorithm. Returns
 * NULL and sets the claims, or returns the fault.
 */
const char *jwks_verify(struct arena *, const struct jwks *,
    const struct jwks_rules *, const char *token, struct json_object **claims);

#endif
