#ifndef IDTOKEN_H
#define IDTOKEN_H

struct json_object;
struct key_ring;
struct provider;
struct request;

/*
 * Verifies an ID token (signature, issuer, audience, times, and the nonce
 * unless it is NULL) and returns its claims. Logs the reason and returns NULL
 * if the token is invalid.
 */
struct json_object *idtoken_claims(
    struct request *, struct provider *, const char *token, const char *nonce);

#endif
