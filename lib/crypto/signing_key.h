#ifndef SIGNING_KEY_H
#define SIGNING_KEY_H

struct arena;

/*
 * A key that signs tokens for others to believe (Ed25519), as the database
 * keeps it.
 */
struct signing_key {
	const char *id;
	const char *public_key;  /* a JWK, for anybody */
	const char *private_key; /* sealed with the server's secret */
};

/* A key nobody had before. */
struct signing_key signing_key_new(struct arena *, const char *secret);

/*
 * The claims, a JSON object, as a compact JWS; NULL when the key was sealed
 * with another secret.
 */
const char *signing_key_sign(struct arena *, const char *secret,
    const struct signing_key *, const char *claims);

#endif
