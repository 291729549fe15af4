#ifndef SEAL_H
#define SEAL_H

struct arena;

/*
 * Text that only the holder of the secret may read, as Better Auth keeps it:
 * XChaCha20-Poly1305 under the SHA-256 of the secret, in hexadecimal digits.
 */
const char *secretbox_seal(
    struct arena *, const char *secret, const char *text);

/*
 * The text that was sealed; NULL when it was sealed with another secret or
 * has been changed.  The form "$ba$VERSION$..." of versioned secrets is read
 * as well.
 */
const char *secretbox_open(
    struct arena *, const char *secret, const char *sealed);

#endif
