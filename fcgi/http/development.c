#include <string.h>

#include "fcgi/http/development.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/network.h"
#include "lib/crypto/token.h"
#include "schema/identity/development.h"

#define LOCAL "127.0.0.0/8, ::1"

/* A name of this machine, perhaps with a port. */
static bool
is_here(const char *host)
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
 * Whoever serves others is not a developer's machine; and a page of another
 * site may come from here, by a name of its own that leads here.
 */
static bool
asked_here(const struct request *rq)
{
	const char *served = strstr(rq->config->base_url, "://");

	return served != NULL && is_here(served + 3) &&
	    is_here(rq->headers.host) &&
	    network_listed(LOCAL, rq->headers.address);
}

enum problem_code
development_caller(struct request *rq)
{
	const char *id = rq->headers.user_id;

	if (rq->config->dev_identity == 0 || !asked_here(rq)) {
		log_error("user_id_refused address=%s", rq->headers.address);
		return request_fail(rq, PROBLEM_MALFORMED,
		    "the header x-user-id names nobody here; sign in");
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
