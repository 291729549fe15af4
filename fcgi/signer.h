#ifndef SIGNER_H
#define SIGNER_H

struct arena;

/*
 * A key that signs tokens for others to believe (Ed25519), as the database
 * keeps it.
 */
struct signer {
	const char *id;
	const char *public_key;  /* a JWK, for anybody */
	const char *private_key; /* sealed with the server's secret */
};

/* A key nobody had before. */
struct signer signer_new(struct arena *, const char *secret);

/*
 * The claims, a JSON object, as a compact JWS; NULL when the key was sealed
 * with another secret.
 */
const char *signer_sign(struct arena *, const char *secret,
    const struct signer *, const char *claims);

#endif
