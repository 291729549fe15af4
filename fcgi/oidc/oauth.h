#ifndef OAUTH_H
#define OAUTH_H

#include <stdbool.h>

struct endpoints;
struct json_object;
struct provider;
struct request;

/* What a provider handed out, once or anew; NULL where it gave nothing. */
struct oauth_tokens {
	const char *access_token;
	const char *refresh_token;
	const char *id_token;
	const char *scopes; /* as a list with commas */
	long access_seconds;
	long refresh_seconds; /* how long they last; 0: it did not say */
};

/* What an authorization URL is made of, besides the provider. */
struct oauth_request {
	const char *state;
	const char *verifier; /* of PKCE; its challenge goes along */
	const char *nonce;    /* NULL: the provider makes no ID tokens */
	const char *login_hint;
	struct json_object *scopes; /* more of them, an array or NULL */
	struct json_object *params; /* more parameters, all text, or NULL */
};

const char *oauth_url(struct request *, const struct provider *,
    const struct endpoints *, const struct oauth_request *);

/*
 * Talks to the provider: a code, or a refresh token, for tokens.  False, with
 * the reason in the log, when it gives none.
 */
bool oauth_exchange(struct request *, struct provider *, const char *code,
    const char *verifier, struct oauth_tokens *);
bool oauth_refresh(struct request *, struct provider *, const char *token,
    struct oauth_tokens *);

/* The tokens as JSON for the database, each of them sealed. */
const char *oauth_tokens_json(struct request *, const struct oauth_tokens *);

#endif
