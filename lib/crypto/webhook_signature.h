#ifndef WEBHOOK_SIGNATURE_H
#define WEBHOOK_SIGNATURE_H

#include <stddef.h>

struct arena;

#define WEBHOOK_HEADERS 3

/*
 * Signs a message with a key. Returns "v1,..." as defined by Standard Webhooks.
 * text is the result of webhook_signed_text().
 */
const char *webhook_signature(
    struct arena *, const void *key, size_t len, const char *text);

/*
 * Returns the signed text: the ID, the time in seconds since 1970 and the body.
 */
const char *webhook_signed_text(
    struct arena *, const char *id, long long now, const char *body);

/*
 * Writes the headers webhook-id, webhook-timestamp and webhook-signature. old
 * is the signature with the previous key during a rotation, or NULL.
 */
void webhook_put_headers(struct arena *, const char *id, long long now,
    const char *signature, const char *old,
    const char *headers[WEBHOOK_HEADERS]);

#endif
