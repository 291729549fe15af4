#ifndef WEBAUTHN_H
#define WEBAUTHN_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct json_object;

/*
 * The two ceremonies of Web Authentication (Level 2, 7.1 and 7.2), except for
 * the checks that need the database. Binary members are base64url without
 * padding. The public key is base64 of its COSE form, as Better Auth stores it.
 */

/* The values that the client data must contain. */
struct ceremony {
	const char *challenge; /* the challenge that the server sent */
	/* The origin of the request, or NULL if it is not trusted. */
	const char *origin;
	const char *rp_id;
};

/* A credential that was registered or used. */
struct credential {
	const char *id;
	const char *public_key;
	const char *aaguid;     /* model of the authenticator, as a UUID */
	const char *transports; /* comma-separated list, may be empty */
	uint32_t counter;       /* signature counter */
	bool verified;          /* UV: user verified */
	bool synced;            /* BE: backup eligible, multi-device */
	bool backed_up;         /* BS: currently backed up */
};

enum webauthn_verdict {
	WEBAUTHN_GOOD,
	WEBAUTHN_REFUSED, /* malformed, or the wrong challenge, origin or RP */
	WEBAUTHN_FORGED,  /* the signature is wrong */
};

/*
 * Verifies a registration. The attestation statement is ignored, because the
 * options request none. Sets all fields of the credential if the result is
 * WEBAUTHN_GOOD.
 */
enum webauthn_verdict webauthn_register(struct arena *, const struct ceremony *,
    const struct json_object *response, struct credential *);

/*
 * Verifies an assertion with the stored public key. Sets id, counter and the
 * booleans if the result is WEBAUTHN_GOOD.
 */
enum webauthn_verdict webauthn_assert(struct arena *, const struct ceremony *,
    const struct json_object *response, const char *public_key,
    struct credential *);

#endif
