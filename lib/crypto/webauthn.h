#ifndef WEBAUTHN_H
#define WEBAUTHN_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct json_object;

/*
 * The two ceremonies of Web Authentication (Level 2, 7.1 and 7.2), as far as
 * they need no database.  Bytes are base64url without padding, but for the
 * public key: base64 of its COSE form, as Better Auth keeps it.
 */

/* What the browser's part must agree with. */
struct ceremony {
	const char *challenge; /* as it was handed out */
	const char *origin;    /* of the request; NULL: not trusted */
	const char *rp_id;
};

/* What an authenticator has made, or has just used. */
struct credential {
	const char *id;
	const char *public_key;
	const char *aaguid;     /* the authenticator's make, as a UUID */
	const char *transports; /* comma list, may be empty */
	uint32_t counter;
	bool verified;  /* who used it proved to be its owner */
	bool synced;    /* its key may leave the device ... */
	bool backed_up; /* ... and has */
};

enum webauthn_verdict {
	WEBAUTHN_GOOD,
	WEBAUTHN_REFUSED, /* something does not fit */
	WEBAUTHN_FORGED,  /* all fits but the signature */
};

/*
 * A new credential.  Statements about the make of the authenticator are not
 * looked at, since none is asked for.  All members are set for a good one.
 */
enum webauthn_verdict webauthn_register(struct arena *, const struct ceremony *,
    const struct json_object *response, struct credential *);

/*
 * The use of a credential whose public key is known.  Its id, its counter and
 * the booleans are set for a good one.
 */
enum webauthn_verdict webauthn_assert(struct arena *, const struct ceremony *,
    const struct json_object *response, const char *public_key,
    struct credential *);

#endif
