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
 * Reads a set.  NULL, and what is wrong with it, unless it has at least one key
 * and all are supported.  The keys live as long as the arena.
 */
const struct jwks *jwks_read(
    struct arena *, const char *text, size_t len, const char **why);

/* What a token must say. */
struct jwks_rules {
	const char *issuer;
	const char *audience;
	int64_t skew; /* seconds between the clocks of both servers */
	int64_t now;
};

/*
 * Verifies a token: its signature with the key that its kid names, or without a
 * kid the only key of its algorithm; its issuer, audience and times, and that
 * it has a subject.  The algorithm is the key's.  Returns NULL and the claims, or what
 * is wrong.
 */
const char *jwks_verify(struct arena *, const struct jwks *,
    const struct jwks_rules *, const char *token, struct json_object **claims);

#endif
