#ifndef JOSE_H
#define JOSE_H

#include <stdbool.h>

struct arena;
struct json_object;

/*
 * Keys and signatures for JSON Web Tokens (RFC 7515, 7517, 8725), based on
 * cjose. A key has one algorithm, which its member alg names. The default
 * depends on the key type: RS256 for RSA; ES256, ES384 or ES512 for EC, by its
 * curve; and HS256 for oct. HS, RS, PS and ES are supported with 256, 384 and
 * 512 bits.
 */
struct jose_key;

/*
 * Parses a JWK. Returns NULL and sets the reason if the key is not supported or
 * too weak. An RSA key needs 2048 bits, and an oct key as many bytes as the
 * hash. The arena owns the key.
 */
const struct jose_key *jose_key_read(
    struct arena *, struct json_object *jwk, const char **why);

/* These functions return the key's kid, or NULL, and the key's algorithm. */
const char *jose_key_id(const struct jose_key *);
const char *jose_key_algorithm(const struct jose_key *);

/* The parts of an unverified token. */
struct jose_token {
	const char *text;
	const char *alg;
	const char *kid; /* or NULL */
	struct json_object *claims;
};

/*
 * Parses a token. Returns the fault, or NULL if there is none. A header with
 * critical extensions or without an algorithm is also a fault.
 */
const char *jose_token_read(
    struct arena *, const char *text, struct jose_token *);

/* Returns true if the key has signed the token, with the key's algorithm. */
bool jose_token_signed_by(const struct jose_token *, const struct jose_key *);

#endif
