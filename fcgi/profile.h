#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>

struct grant;
struct json_object;
struct provider;
struct request;

/* Who somebody is, in the words of a provider. */
struct profile {
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
bool profile_of(struct request *, struct provider *, const struct grant *,
    const char *nonce, struct profile *);

/* The same from what the provider says now, to whoever holds the token. */
bool profile_ask(struct request *, struct provider *, const char *access_token,
    struct profile *);

#endif
