#ifndef SECRETBOX_H
#define SECRETBOX_H

struct arena;

/*
 * Encrypts a text in the format of Better Auth: XChaCha20-Poly1305 with the
 * SHA-256 of the secret as the key. The result consists of hexadecimal digits
 * and begins with the nonce.
 */
const char *secretbox_seal(
    struct arena *, const char *secret, const char *text);

/*
 * Decrypts a text with one of the secrets, one per line. Returns NULL if the
 * text was encrypted with a different secret or was modified. Accepts the
 * prefix "$ba$VERSION$" of Better Auth's versioned secrets.
 */
const char *secretbox_open(
    struct arena *, const char *secrets, const char *sealed);

#endif
