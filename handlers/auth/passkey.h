#ifndef PASSKEY_H
#define PASSKEY_H

#include "lib/crypto/webauthn.h"

struct db_step;
struct request;
struct response;

/* What is shared by the two ceremonies of passkeys: making and using one. */

/* The name that passkeys are bound to. */
const char *passkey_rp_id(struct request *);

/* A new challenge, and the secret that whoever asked keeps in a cookie. */
struct passkey_challenge {
	const char *text;
	const char *secret;
};

struct passkey_challenge passkey_ask(struct request *);

/* Answers with the options that the step made, and with the cookie. */
void passkey_options(struct request *, struct response *,
    const struct passkey_challenge *, const struct db_step *options);

/* The cookie's secret, or NULL. */
const char *passkey_secret(struct request *);

/* What the answer to a challenge must agree with. */
struct ceremony passkey_ceremony(struct request *, const char *challenge);

/* Answers with a session: what SQL said of it, and the token. */
void passkey_enter(
    struct request *, struct response *, const char *token, const char *said);

#endif
