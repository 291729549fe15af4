#ifndef OAUTH_STATE_H
#define OAUTH_STATE_H

#include <stdbool.h>

struct request;

/*
 * A way to a provider and back that somebody has set out on: what must be
 * known again when they return.  Whoever asks to be signed in has no say in
 * more than these members.
 */
struct oauth_state {
	const char *provider;
	const char *verifier; /* of PKCE */
	const char *nonce;    /* of the ID token, or NULL */
	const char *callback_url;
	const char *error_url;    /* NULL: the error page */
	const char *new_user_url; /* NULL: the callback URL */
	const char *invite;       /* token of an invitation, or NULL */
	bool signup;              /* said that they want to sign up */
};

/* As text that only this server reads. */
const char *oauth_state_seal(struct request *, const struct oauth_state *);

/* False for a text that was not sealed here. */
bool oauth_state_open(
    struct request *, const char *sealed, struct oauth_state *);

#endif
