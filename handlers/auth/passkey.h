#ifndef PASSKEY_H
#define PASSKEY_H

#include "lib/crypto/webauthn.h"

struct db_step;
struct request;
struct response;

/* Functions that passkey registration and sign-in share. */

/* Returns the RP ID to which passkeys are bound. */
const char *passkey_rp_id(struct request *);

/* A new challenge, and the secret for the client's cookie. */
struct passkey_challenge {
	const char *text;
	const char *secret;
};

struct passkey_challenge passkey_ask(struct request *);

/* Responds with the options of the step, and sets the cookie. */
void passkey_options(struct request *, struct response *,
    const struct passkey_challenge *, const struct db_step *options);

/* Returns the secret in the cookie, or NULL. */
const char *passkey_secret(struct request *);

/* Returns the values that a response to the challenge must contain. */
struct ceremony passkey_ceremony(struct request *, const char *challenge);

/* Responds with the session that the step opened, and with its token. */
void passkey_enter(
    struct request *, struct response *, const char *token, const char *said);

#endif
