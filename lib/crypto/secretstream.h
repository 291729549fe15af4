#ifndef SECRETSTREAM_H
#define SECRETSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct spool;

/*
 * Files encrypted at rest in pieces, with XChaCha20-Poly1305 and the SHA-256 of
 * the key. The label identifies the file. Decryption requires the same label,
 * so that one file cannot replace another.
 */

/* The size of the encrypted file. */
off_t secretstream_size(off_t plain);

/* Encrypts a file into an unnamed temporary one; false sets errno. */
bool secretstream_seal(struct arena *, const char *key, const char *label,
    const struct spool *plain, struct spool *sealed);

/* Takes a decrypted piece; false ends the decryption. */
typedef bool secretstream_put_fn(void *arg, const char *piece, size_t len);

/*
 * Decrypts a file and passes on its pieces, each of them authenticated.  False
 * if it was modified or cut, or has another key or label, after the pieces
 * before.
 */
bool secretstream_open(struct arena *, const char *key, const char *label,
    const struct spool *sealed, secretstream_put_fn *put, void *arg);

#endif
