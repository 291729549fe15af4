#ifndef PUBLIC_KEY_H
#define PUBLIC_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct bytes {
	const unsigned char *at;
	size_t len;
};

/* What verifies the signatures of a passkey: EdDSA, ES256 or RS256. */
struct public_key {
	int algorithm;
	const void *key;
};

/* From its COSE form (RFC 9052); false unless it is one, and usable. */
bool public_key_read(struct arena *, struct bytes cose, struct public_key *);

/* One use of the key's other half, as an authenticator tells of it. */
struct assertion {
	const char *rp_id;
	struct bytes client_data;
	struct bytes auth_data; /* every length in it is true */
	struct bytes signature;
};

/* True when the key's other half has signed the data for this RP. */
bool public_key_verify(
    struct arena *, const struct public_key *, const struct assertion *);

#endif
