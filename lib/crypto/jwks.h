#ifndef JWKS_H
#define JWKS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_object;

/*
 * A set of keys (RFC 7517) that verify the JSON Web Tokens of another issuer;
 * see lib/crypto/jose.h for their algorithms.
 */
struct jwks;

/*
 * Parses a set. NULL, with the reason, unless it has at least one key and all
 * keys are supported. The arena owns the keys.
 */
const struct jwks *jwks_read(
    struct arena *, const char *text, size_t len, const char **why);

/* The required claims of a token. */
struct jwks_rules {
	const char *issuer;
	const char *audience;
	int64_t skew; /* seconds between the clocks of both servers */
	int64_t now;
};

/*
 * Verifies a token: its signature with the key that its kid names, or without a kid
 * with the only key of its algorithm; its issuer, audience and times, and that it has
 * a subject. The key determines the algorithm. Returns NULL and the claims, or the
 * fault.
 */
const char *jwks_verify(struct arena *, const struct jwks *,
    const struct jwks_rules *, const char *token, struct json_object **claims);

#endif
