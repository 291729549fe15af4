#ifndef JOSE_H
#define JOSE_H

#include <stdbool.h>

struct arena;
struct json_object;

/*
 * Keys and signatures of JSON Web Tokens (RFC 7515, 7517, 8725), by cjose.
 *
 * A key has one algorithm: its alg, else the usual one of its type, which is
 * RS256 of RSA, ES256, ES384 or ES512 of EC, and HS256 of oct.  Supported are
 * HS, RS, PS and ES with 256, 384 and 512 bits.
 */
struct jose_key;

/*
 * Reads a JWK.  NULL, and what is wrong with it, if it is not supported or too
 * weak: RSA needs 2048 bits, oct as many bytes as the hash.  The key lives as
 * long as the arena.
 */
const struct jose_key *jose_key_read(
    struct arena *, struct json_object *jwk, const char **why);

/* The key's kid, or NULL; and its algorithm. */
const char *jose_key_id(const struct jose_key *);
const char *jose_key_algorithm(const struct jose_key *);

/* A token in its parts, which nobody has verified yet. */
struct jose_token {
	const char *text;
	const char *alg;
	const char *kid; /* or NULL */
	struct json_object *claims;
};

/*
 * Reads a token.  Returns NULL, or what is wrong: besides its form, a header
 * with critical extensions or without an algorithm.
 */
const char *jose_token_read(
    struct arena *, const char *text, struct jose_token *);

/* True if the key has signed the token, with the key's algorithm. */
bool jose_token_signed_by(const struct jose_token *, const struct jose_key *);

#endif
