#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_LEN 32 /* bytes of a SHA-256 */

struct arena;
struct spool;

/* SHA-256 in lower-case hexadecimal, or NULL on a read error. */
const char *digest_spool(struct arena *, const struct spool *);
const char *digest_text(struct arena *, const char *);

/* SHA-256 of bytes. */
void digest_bytes(const void *, size_t len, unsigned char out[DIGEST_LEN]);

/* HMAC-SHA256 with a binary key; out may be the key. */
void digest_keyed(const void *key, size_t key_len, const void *text, size_t len,
    unsigned char out[DIGEST_LEN]);

#endif
