#ifndef IDTOKEN_H
#define IDTOKEN_H

struct json_object;
struct key_ring;
struct provider;
struct request;

/*
 * The claims of an ID token that the issuer has signed, with RS256 or ES256,
 * for us, and that is valid now.  A nonce must be the one it was asked for
 * with; NULL: none was.  NULL, with the reason in the log, for any other.
 */
struct json_object *idtoken_claims(
    struct request *, struct provider *, const char *token, const char *nonce);

#endif
