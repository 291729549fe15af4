/* Accepts the x-user-id header on developers' machines. */

#include <string.h>

#include "fcgi/http/development.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/network.h"
#include "lib/crypto/token.h"
#include "schema/identity/development.h"

#define LOOPBACK "127.0.0.0/8, ::1"

/*
 * Returns true for "localhost" and loopback addresses, with or without a port.
 */
static bool
is_localhost(const char *host)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1",
		"[::1]" };
	size_t i, len;

	for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		len = strlen(hosts[i]);
		if (strncmp(host, hosts[i], len) == 0 &&
		    (host[len] == ':' || host[len] == '\0'))
			return true;
	}
	return false;
}

/*
 * Returns true if the base URL, the client and the Host header are all local.
 * Checking Host protects against DNS rebinding from a page in the developer's
 * browser.
 */
static bool
is_local_request(const struct request *rq)
{
	const char *served = strstr(rq->config->base_url, "://");

	return served != NULL && is_localhost(served + 3) &&
	    is_localhost(rq->headers.host) &&
	    network_listed(LOOPBACK, rq->headers.address);
}

enum problem_code
development_caller(struct request *rq)
{
	const char *id = rq->headers.user_id;

	if (rq->config->dev_identity == 0 || !is_local_request(rq)) {
		log_error("user_id_refused address=%s", rq->headers.address);
		return request_refuse(rq, "x_user_id");
	}
	rq->user_id = id;
	rq->token = token_derive(
	    rq->arena, rq->config->secret, "development", id, strlen(id));
	return PROBLEM_NONE;
}

struct db_step
development_begin(struct request *rq)
{
	return identity_begin_development(rq->arena, .user_id = rq->user_id,
	    .token_hash = token_hash(rq->arena, rq->token),
	    .address = rq->headers.address);
}
