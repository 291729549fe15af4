#ifndef WEBHOOK_REQUEST_H
#define WEBHOOK_REQUEST_H

#include "lib/net/http_client.h"

struct arena;
struct config;

/*
 * A request that sends an event to a webhook, without headers and body: with
 * TENANTRY_PRIVATE_WEBHOOKS to any address, otherwise over https to public
 * ones.
 */
struct http_request webhook_request(const struct config *, const char *url);

/* The beginning of the response, as text that Postgres accepts. */
const char *webhook_answer(struct arena *, const struct http_reply *);

#endif
