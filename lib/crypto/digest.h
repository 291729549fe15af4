#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct spool;

/* SHA-256 in lower-case hexadecimal; NULL on a read error. */
const char *digest_spool(struct arena *, const struct spool *);
const char *digest_text(struct arena *, const char *);

/* HMAC-SHA256 of a text with a binary key. */
void digest_keyed(
    const void *key, size_t key_len, const char *text, unsigned char out[32]);

#endif
