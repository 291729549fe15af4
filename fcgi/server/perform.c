/* Performs the action of a request and records the request. */

#include "fcgi/http/better_auth.h"
#include "fcgi/http/param_names.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/fault_search.h"
#include "fcgi/rest/field_limits.h"
#include "fcgi/rest/unread.h"
#include "fcgi/server/metrics.h"
#include "fcgi/server/perform.h"
#include "fcgi/server/watcher.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

#define NARROW_MAX 3 /* attempts: for rows, fields and a new role */

/*
 * Runs the action. Statements are built for callers who can read all rows and
 * fields, and rebuilt for other callers.
 */
static enum problem_code
act(struct request *rq, struct response *rs, action_fn *action)
{
	const struct resource *const *resources = rq->resources;
	const struct route *route = rq->route;
	enum problem_code err = fault_search_action(rq, rs, action);
	const char *limits;
	int again;

	for (again = 0; err == PROBLEM_NARROW && again < NARROW_MAX; again++) {
		limits = rq->problem.limits;
		if (limits == NULL) {
			rq->limited = true;
			limits = rq->limits;
		}
		rq->problem = (struct problem){ 0 };
		rq->scopes = NULL;
		rq->nscopes = 0;
		rq->nfiles = 0;
		rq->resources = resources;
		rq->route = route;
		err = PROBLEM_NONE;
		if (limits != NULL)
			err = field_limits_apply(rq, limits);
		if (err == PROBLEM_NONE)
			err = fault_search_action(rq, rs, action);
	}
	rq->route = route; /* the metrics count by the original route */
	return err;
}

static enum problem_code
do_nothing(struct request *rq, struct response *rs)
{
	struct db_step none = { .result = NULL };

	(void)rs;
	return session_read(rq, &none, 0);
}

/*
 * Authenticates, authorizes, and then validates. Only callers who may use the
 * route get a response without the database, such as a refusal of the body.
 * Better Auth routes validate first.
 */
static enum problem_code
authorize(struct request *rq, struct response *rs, enum problem_code err)
{
	struct problem problem = rq->problem;
	enum problem_code refused;

	if (rq->authorized || rq->route->need == SESSION_NONE ||
	    better_auth_path(rq) || problem_status(err) >= 500)
		return err;
	rq->problem = (struct problem){ 0 };
	if ((refused = act(rq, rs, do_nothing)) != PROBLEM_NONE)
		return refused;
	rq->problem = problem;
	return err;
}

enum problem_code
perform(struct request *rq, struct response *rs)
{
	enum problem_code err = param_names_check(rq);

	if (rq->method == METHOD_HEAD &&
	    (rq->route->flags & ROUTE_MAILED) != 0) {
		response_empty(rs, 200);
		return PROBLEM_NONE;
	}
	if (err == PROBLEM_NONE)
		err = act(rq, rs, rq->route->action);
	if (rq->unread != NULL)
		unread_hide(rq, rs);
	return authorize(rq, rs, err);
}

/*
 * Returns the path for the log. Unknown paths are not logged, because they may
 * contain a secret, such as a mistyped invitation link, or spaces that look
 * like logfmt fields.
 */
static const char *
logged_path(const struct request *rq)
{
	if (rq->route == NULL)
		return "-";
	return (rq->route->flags & ROUTE_SECRET) != 0 ? rq->route->pattern
						      : rq->path;
}

void
perform_record(struct request *rq, const struct response *rs)
{
	unsigned long trips = request_round_trips(rq) - rq->trips;
	const struct router *router = rq->router;
	int64_t us = clock_us() - rq->began;
	size_t slot = rq->route != NULL ? rq->route->slot : router->nroutes;

	metrics_request(
	    rq->metrics, slot, rs->status, rq->unit, (unsigned long)us);
	metrics_round_trips(rq->metrics, trips);
	watcher_count(rq->watcher, rq);
	log_info("request method=%s path=%.300s route=%s status=%d bytes=%zu "
		 "us=%lld trips=%lu address=%s%s%s%s%s%s%s%s",
	    rq->headers.method, logged_path(rq),
	    rq->route != NULL ? rq->route->pattern : "none", rs->status,
	    rs->body_len, (long long)us, trips, rq->headers.address,
	    rq->alias != NULL ? " alias=" : "",
	    rq->alias != NULL ? rq->alias->path : "",
	    rq->from_standby ? " standby=yes" : "",
	    *rq->parent.trace != '\0' ? " trace=" : "", rq->parent.trace,
	    *rq->parent.trace != '\0' ? "-" : "", rq->parent.span);
}
