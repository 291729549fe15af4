#ifndef SECRETSTREAM_H
#define SECRETSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct spool;

/*
 * Encryption of files at rest, in pieces, with XChaCha20-Poly1305 and the
 * SHA-256 of the key. The label identifies the file. Decryption requires the
 * same label, so that one file cannot replace another.
 */

/* Returns the size of the encrypted file. */
off_t secretstream_size(off_t plain);

/*
 * Encrypts a file into an unnamed temporary file. On an error, returns false
 * and sets errno.
 */
bool secretstream_seal(struct arena *, const char *key, const char *label,
    const struct spool *plain, struct spool *sealed);

/* Receives a decrypted piece. Returns false to end the decryption. */
typedef bool secretstream_put_fn(void *arg, const char *piece, size_t len);

/*
 * Decrypts a file and passes on each piece after authenticating it. Returns
 * false if the file was modified or truncated, or has a different key or label.
 * By then, the valid pieces before the fault have been passed on.
 */
bool secretstream_open(struct arena *, const char *key, const char *label,
    const struct spool *sealed, secretstream_put_fn *put, void *arg);

#endif
