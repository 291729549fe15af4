#ifndef OAUTH_STATE_H
#define OAUTH_STATE_H

#include <stdbool.h>

struct request;

/* The state that the server stores between redirect and callback. */
struct oauth_state {
	const char *provider;
	const char *verifier; /* PKCE code verifier */
	const char *nonce;    /* nonce of the ID token, or NULL */
	const char *callback_url;
	const char *error_url;    /* NULL: the error page */
	const char *new_user_url; /* NULL: the callback URL */
	const char *invite;       /* invitation token, or NULL */
	bool signup;              /* the client requested sign-up */
};

/* Encrypts the state with the server's secret. */
const char *oauth_state_seal(struct request *, const struct oauth_state *);

/* Decrypts a state. Returns false if it is forged or incomplete. */
bool oauth_state_open(
    struct request *, const char *sealed, struct oauth_state *);

#endif
