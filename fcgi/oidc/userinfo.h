#ifndef USERINFO_H
#define USERINFO_H

#include <stdbool.h>

struct oauth_tokens;
struct json_object;
struct provider;
struct request;

/* A user's profile at a provider. */
struct userinfo {
	const char *subject; /* never empty */
	const char *email;   /* NULL if missing or not a valid address */
	bool verified;       /* the provider has verified the address */
	const char *name;
	const char *image;
	const char *groups; /* a JSON array of strings; NULL: unknown */
	struct json_object *raw;
};

/*
 * Reads the profile of the user to whom the tokens belong: from the verified ID
 * token (if nonce is NULL, it is not checked), or from the userinfo endpoint of
 * a provider without ID tokens. On an error, logs it and returns false.
 */
bool userinfo_from_tokens(struct request *, struct provider *,
    const struct oauth_tokens *, const char *nonce, struct userinfo *);

/* Fetches the profile from the userinfo endpoint. Returns false on an error. */
bool userinfo_fetch(struct request *, struct provider *,
    const char *access_token, struct userinfo *);

#endif
