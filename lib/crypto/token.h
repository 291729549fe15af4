#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/crypto/digest.h"

struct arena;

#define TOKEN_LEN 32 /* characters of [A-Za-z0-9], 190 bits */

/* Returns a random secret or id of TOKEN_LEN characters, from getrandom(). */
const char *token_new(struct arena *);

/* Returns n random bytes as 2n hexadecimal digits. */
const char *token_hex(struct arena *, size_t n);

/* Maps a random token to a one-time code of six decimal digits. */
const char *token_digits(struct arena *, const char *token);

/* Returns n random bytes in base64url, without padding. */
const char *token_base64url(struct arena *, size_t n);

/*
 * Derives a token from a secret, a label and a text. The token cannot be
 * guessed without the secret. A retried sign-in can derive the same token as
 * the first attempt, although the database stores only hashes.
 */
const char *token_derive(struct arena *, const char *secret, const char *label,
    const char *text, size_t len);

/* Returns the SHA-256 of a token as PostgreSQL bytea text, "\x...". */
const char *token_hash(struct arena *, const char *token);

/*
 * Returns the stored form, as bytea text, of a short code that is looked up
 * without a user. It is an HMAC, because a short code could be guessed from a
 * plain hash. kind distinguishes codes for different purposes.
 */
const char *token_code_hash(
    struct arena *, const char *secret, const char *kind, const char *code);

/* Writes the HMAC-SHA256 of a text, with the secret as the key, to out. */
void token_digest(const char *secret, const char *text, size_t len,
    unsigned char out[DIGEST_LEN]);

/* Returns the HMAC of token_digest() as bytea text. */
const char *token_mac(
    struct arena *, const char *secret, const char *text, size_t len);

/* Returns the HMAC of token_digest() in base64url, without padding. */
const char *token_mac_url(struct arena *, const char *secret, const char *text);

/* Returns the S256 code challenge for a PKCE verifier (RFC 7636). */
const char *token_challenge(struct arena *, const char *verifier);

/*
 * Signs a cookie value in the format of Better Auth: value "." base64 of
 * HMAC-SHA256(secret, value), percent-encoded like encodeURIComponent().
 */
const char *cookie_sign(struct arena *, const char *secret, const char *value);

/*
 * Signs a value like cookie_sign() without percent-encoding, for the
 * set-auth-token header.
 */
const char *cookie_plain(struct arena *, const char *secret, const char *value);

/*
 * Takes the next secret from a list with one secret per line. Returns NULL at
 * the end of the list.
 */
const char *token_secret(struct arena *, const char **secrets);

/*
 * Returns a cookie's value, encoded or not, if it was signed with one of the
 * secrets (one per line). Returns NULL if the cookie is forged.
 */
const char *cookie_verify(
    struct arena *, const char *secrets, const char *cookie);

#endif
