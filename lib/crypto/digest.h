#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_LEN 32 /* bytes in a SHA-256 hash */

struct arena;
struct spool;

/*
 * These functions return the SHA-256 in lower-case hexadecimal, or NULL on a
 * read error.
 */
const char *digest_spool(struct arena *, const struct spool *);
const char *digest_text(struct arena *, const char *);

/* Writes the SHA-256 of bytes to out. */
void digest_bytes(const void *, size_t len, unsigned char out[DIGEST_LEN]);

/* Writes the HMAC-SHA256 with a binary key to out, which may be the key. */
void digest_keyed(const void *key, size_t key_len, const void *text, size_t len,
    unsigned char out[DIGEST_LEN]);

#endif
