#ifndef PUBLIC_KEY_H
#define PUBLIC_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct bytes {
	const unsigned char *at;
	size_t len;
};

/* A passkey's public key: EdDSA, ES256 or RS256. */
struct public_key {
	int algorithm;
	const void *key;
};

/*
 * Decodes a COSE_Key (RFC 9052). Returns false if it is malformed or
 * unsupported.
 */
bool public_key_read(struct arena *, struct bytes cose, struct public_key *);

/* A WebAuthn assertion. */
struct assertion {
	const char *rp_id;
	struct bytes client_data;
	struct bytes auth_data; /* the caller has checked its lengths */
	struct bytes signature;
};

/* Returns true if the signature is valid for the data and the relying party. */
bool public_key_verify(
    struct arena *, const struct public_key *, const struct assertion *);

#endif
