/* Tells nginx whether to read the body of a request. */

#include <stddef.h>

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/db/db.h"

/* The maximum size of an upload body: a file, and the parts around it. */
#define BODY_MAX (51L << 20)

#define ROUTE(method)                                                          \
	{                                                                      \
		method, "/api/body/check", check_sender, SESSION_NONE,         \
		    ROUTE_PLAIN | ROUTE_CHECK,                                 \
		    .body_max = BODY_MAX,                                      \
		    .summary = "Check whether nginx should read a body"        \
	}

static action_fn check_sender;

static const struct route routes[] = {
	ROUTE(METHOD_GET),
	ROUTE(METHOD_POST),
	ROUTE(METHOD_PUT),
	ROUTE(METHOD_PATCH),
	ROUTE(METHOD_DELETE),
	{ .action = NULL },
};

const struct module body_check_module = {
	.name = "body_check",
	.routes = routes,
};

/*
 * Returns true if no database query is needed to check who sends the request.
 */
static bool
is_proven(const struct request *rq)
{
	return rq->claims != NULL || rq->user_id != NULL;
}

/*
 * Checks only whether the credentials are known. The request itself checks the
 * permissions and counts toward the rate limit. Unknown credentials are
 * refused, as on any route for users.
 */
static enum problem_code
check_sender(struct request *rq, struct response *rs)
{
	static const struct route for_users = { .need = SESSION_USER };
	struct db_step step = session_units(rq), none = { .result = NULL };
	const struct route *route = rq->route;
	enum problem_code err = PROBLEM_NONE;
	bool known = is_proven(rq);

	if (!known && (rq->token != NULL || rq->key != NULL)) {
		if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
			return err;
		known = db_rows(&step) > 0;
	}
	if (!known) {
		rq->route = &for_users;
		err = session_read(rq, &none, 0);
		rq->route = route;
	}
	if (err == PROBLEM_NONE)
		response_empty(rs, 204);
	return err;
}
