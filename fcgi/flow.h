#ifndef FLOW_H
#define FLOW_H

#include <stdbool.h>

struct request;

/*
 * A way to a provider and back that somebody has set out on: what must be
 * known again when they return.  Whoever asks to be signed in has no say in
 * more than these members.
 */
struct flow {
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
const char *flow_seal(struct request *, const struct flow *);

/* False for a text that was not sealed here. */
bool flow_open(struct request *, const char *sealed, struct flow *);

#endif
