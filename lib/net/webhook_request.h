#ifndef WEBHOOK_REQUEST_H
#define WEBHOOK_REQUEST_H

#include "lib/net/http_client.h"

struct arena;
struct config;

/*
 * Returns a request that sends an event to a webhook, without its headers and
 * body. With TENANTRY_PRIVATE_WEBHOOKS, any address is allowed. Otherwise, only
 * HTTPS to public addresses is allowed.
 */
struct http_request webhook_request(const struct config *, const char *url);

/*
 * Returns the headers for a request with this body, signed with the secret and,
 * after a rotation, also with the old secret. The old secret may be NULL.
 * Returns NULL if the secret is NULL.
 */
const char *const *webhook_headers(struct arena *, const char *id,
    const char *secret, const char *old, const char *body);

/* A text for the user that explains why secretbox_open() returned NULL. */
#define WEBHOOK_SECRET_LOST                                                    \
	"the secret was encrypted by another server; rotate it"

/* Returns the beginning of the response as text that Postgres accepts. */
const char *webhook_answer(struct arena *, const struct http_reply *);

#endif
