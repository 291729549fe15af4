#ifndef SIGNING_KEY_H
#define SIGNING_KEY_H

struct arena;

/*
 * An Ed25519 key pair that signs JSON Web Tokens for other servers. The schema
 * identity stores it in this form.
 */
struct signing_key {
	const char *id;
	const char *public_key;  /* JWK (RFC 7517) */
	const char *private_key; /* encrypted by secretbox_seal() */
};

/* Generates a key pair; secret encrypts the private key. */
struct signing_key signing_key_new(struct arena *, const char *secret);

/*
 * Signs the claims, a JSON object, as a compact JWS (RFC 7515). Returns NULL if
 * the private key was encrypted with a different secret.
 */
const char *signing_key_sign(struct arena *, const char *secrets,
    const struct signing_key *, const char *claims);

#endif
