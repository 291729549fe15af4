#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define TOKEN_LEN  32 /* characters of [A-Za-z0-9], 190 bits */
#define DIGEST_LEN 32 /* bytes of a SHA-256 */

/* A secret or an id of TOKEN_LEN characters, from the system's generator. */
const char *token_new(struct arena *);

/* n random bytes as 2n hexadecimal digits. */
const char *token_hex(struct arena *, size_t n);

/* A token as six decimal digits, for people to type. */
const char *token_digits(struct arena *, const char *token);

/* n random bytes in base64url, without padding. */
const char *token_base64url(struct arena *, size_t n);

/*
 * The same token each time for the same secret, label and text, and nothing
 * that can be guessed without the secret: a retried sign-in answers with the
 * token of the first try although no token is stored.
 */
const char *token_derive(struct arena *, const char *secret, const char *label,
    const char *text, size_t len);

/* SHA-256 of a token as PostgreSQL's bytea text, "\x...". */
const char *token_hash(struct arena *, const char *token);

/*
 * How a code is kept that has to be found again without its owner: keyed, so
 * that only who has the secret can make it.  kind keeps codes for different
 * ends apart.  As bytea text.
 */
const char *token_code_hash(
    struct arena *, const char *secret, const char *kind, const char *code);

/* HMAC-SHA256 of text under the secret. */
void token_digest(const char *secret, const char *text, size_t len,
    unsigned char out[DIGEST_LEN]);

/* The same as bytea text. */
const char *token_mac(
    struct arena *, const char *secret, const char *text, size_t len);

/* The same digest in base64url, without padding. */
const char *token_mac_url(struct arena *, const char *secret, const char *text);
/* The challenge of PKCE: base64url of the verifier's SHA-256. */
const char *token_challenge(struct arena *, const char *verifier);

/*
 * Signed cookie values, as better-auth signs them: value "." base64 of
 * HMAC-SHA256(secret, value), percent-encoded as encodeURIComponent does.
 */
const char *cookie_sign(struct arena *, const char *secret, const char *value);

/* The same before it is percent-encoded, as set-auth-token carries it. */
const char *cookie_plain(struct arena *, const char *secret, const char *value);

/* The value of a signed cookie, encoded or not; NULL when the mac is wrong. */
const char *cookie_verify(
    struct arena *, const char *secret, const char *cookie);

#endif
