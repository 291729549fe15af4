/* Signs messages to other systems as Standard Webhooks specifies. */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/webhook_signature.h"

const char *
webhook_signature(
    struct arena *a, const void *key, size_t len, const char *text)
{
	unsigned char mac[DIGEST_LEN];

	digest_keyed(key, len, text, strlen(text), mac);
	return arena_printf(a, "v1,%s", base64_encode(a, mac, sizeof mac));
}

const char *
webhook_signed_text(
    struct arena *a, const char *id, long long now, const char *body)
{
	return arena_printf(a, "%s.%lld.%s", id, now, body);
}

void
webhook_put_headers(struct arena *a, const char *id, long long now,
    const char *signature, const char *old,
    const char *headers[WEBHOOK_HEADERS])
{
	headers[0] = arena_printf(a, "webhook-id: %s", id);
	headers[1] = arena_printf(a, "webhook-timestamp: %lld", now);
	headers[2] = arena_printf(a, "webhook-signature: %s%s%s", signature,
	    old != NULL ? " " : "", old != NULL ? old : "");
}
