#ifndef OAUTH_H
#define OAUTH_H

#include <stdbool.h>

struct endpoints;
struct json_object;
struct provider;
struct request;

/* A provider's token response. Missing fields are NULL. */
struct oauth_tokens {
	const char *access_token;
	const char *refresh_token;
	const char *id_token;
	const char *scopes;  /* comma-separated */
	long access_seconds; /* lifetimes; 0: unknown */
	long refresh_seconds;
};

/* The parameters of an authorization request. */
struct oauth_request {
	const char *state;
	const char *verifier; /* PKCE code verifier */
	const char *nonce;    /* nonce of the ID token, or NULL */
	const char *login_hint;
	struct json_object *scopes; /* array of additional scopes, or NULL */
	struct json_object *params; /* additional parameters, or NULL */
};

/* Returns the authorization URL to which to redirect the browser. */
const char *oauth_url(struct request *, const struct provider *,
    const struct endpoints *, const struct oauth_request *);

/*
 * Exchanges an authorization code, or a refresh token, for tokens. On an error,
 * returns false and logs it.
 */
bool oauth_exchange(struct request *, struct provider *, const char *code,
    const char *verifier, struct oauth_tokens *);
bool oauth_refresh(struct request *, struct provider *, const char *token,
    struct oauth_tokens *);

/*
 * Returns the tokens as JSON for the database, encrypted with secretbox_seal().
 */
const char *oauth_tokens_json(struct request *, const struct oauth_tokens *);

#endif
