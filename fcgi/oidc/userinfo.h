#ifndef USERINFO_H
#define USERINFO_H

#include <stdbool.h>

struct oauth_tokens;
struct json_object;
struct provider;
struct request;

/* Who somebody is, in the words of a provider. */
struct userinfo {
	const char *subject; /* never empty */
	const char *email;   /* NULL: none, or nothing that is an address */
	bool verified;       /* the provider has seen that it is theirs */
	const char *name;
	const char *image;
	struct json_object *raw;
};

/*
 * Who the tokens are about.  An issuer's ID token is believed once it is
 * verified, nonce included (NULL: none was asked for), other providers are
 * asked with the access token.
 */
bool userinfo_from_tokens(struct request *, struct provider *,
    const struct oauth_tokens *, const char *nonce, struct userinfo *);

/* The same from what the provider says now, to whoever holds the token. */
bool userinfo_fetch(struct request *, struct provider *,
    const char *access_token, struct userinfo *);

#endif
