#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct spool;

/* SHA-256 in lower-case hexadecimal; NULL where the bytes cannot be read. */
const char *digest_spool(struct arena *, const struct spool *);
const char *digest_text(struct arena *, const char *);

/* HMAC-SHA256 of a text under a key of any bytes. */
void digest_keyed(
    const void *key, size_t key_len, const char *text, unsigned char out[32]);

#endif
