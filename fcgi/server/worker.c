/* Serves requests, one after another, in a worker process. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/gateway.h"
#include "fcgi/http/limit.h"
#include "fcgi/http/origin.h"
#include "fcgi/http/response.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "fcgi/oidc/fetch.h"
#include "fcgi/oidc/provider.h"
#include "fcgi/oidc/session_data.h"
#include "fcgi/server/body_input.h"
#include "fcgi/server/metrics.h"
#include "fcgi/server/worker.h"
#include "fcgi/server/worker_slots.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

struct worker {
	const struct worker_env *env;
	struct gateway *gateway;
	struct arena *arena;
	struct db *db;
	struct fetcher *fetcher;
	int64_t *busy_since;
};

/* Global, because a signal handler sets it. */
static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

/* True if the request waited longer than TENANTRY_QUEUE_MS for a worker. */
static bool
waited_too_long(const struct request *rq)
{
	struct timespec now = { 0 };
	double arrived;
	char *end;

	if (rq->config->queue_ms == 0 || *rq->headers.arrived == '\0')
		return false;
	arrived = strtod(rq->headers.arrived, &end);
	clock_gettime(CLOCK_REALTIME, &now);
	return *end == '\0' &&
	    (double)now.tv_sec + (double)now.tv_nsec / 1e9 - arrived >
	    (double)rq->config->queue_ms / 1e3;
}

/* Answers a CORS preflight request; put_cors() writes its headers. */
static bool
answer_preflight(struct request *rq, struct response *rs)
{
	if (rq->method != METHOD_OPTIONS ||
	    !origin_trusted(rq->config, rq->headers.origin))
		return false;
	response_empty(rs, 204);
	return true;
}

/* Refuses If-Match on routes that would ignore it. */
static enum problem_code
check_if_match(struct request *rq)
{
	if (*rq->headers.if_match == '\0' || !method_unsafe(rq->method) ||
	    better_auth_path(rq) || (rq->route->flags & ROUTE_BASIC) != 0 ||
	    (route_writes_row(rq->route) && rq->id != NULL))
		return PROBLEM_NONE;
	return request_fail_field(rq, PROBLEM_MALFORMED, "If-Match",
	    "is only supported for changes of one row");
}

static enum problem_code
handle_request(struct worker *w, struct request *rq, struct response *rs)
{
	enum problem_code err, limited;

	if ((err = request_parse(rq)) != PROBLEM_NONE ||
	    (err = caller_find(rq)) != PROBLEM_NONE)
		return err;
	if (answer_preflight(rq, rs))
		return PROBLEM_NONE;
	err = router_match(rq->router, rq);
	if (waited_too_long(rq))
		return request_fail(rq, PROBLEM_BUSY,
		    "The server is too busy. Try again later.");
	if ((limited = limit_check(rq)) != PROBLEM_NONE)
		return limited;
	if (err != PROBLEM_NONE || (err = check_if_match(rq)) != PROBLEM_NONE)
		return err;
	if (rq->route->admit != NULL &&
	    (err = rq->route->admit(rq)) != PROBLEM_NONE)
		return err;
	if ((err = body_input_read(w->gateway, rq)) != PROBLEM_NONE ||
	    (err = origin_check(rq)) != PROBLEM_NONE)
		return err;
	return rq->route->action(rq, rs);
}

/* Deletes the cookie of an expired session. */
static void
drop_cookie(struct request *rq, struct response *rs)
{
	if (rq->problem.code == PROBLEM_UNAUTHENTICATED && rq->token != NULL &&
	    better_auth_path(rq))
		response_sign_out(rs, rq);
}

/* Extends the cookie along with the session. */
static void
renew_cookie(struct request *rq, struct response *rs)
{
	if (rq->session_slid && !response_has_session(rs))
		response_session(rs, rq, rq->token, true);
}

/*
 * The path for the log.  Unknown paths are not logged: they may contain a
 * secret, such as a mistyped invitation link, or blanks that look like
 * logfmt fields.
 */
static const char *
logged_path(const struct request *rq)
{
	if (rq->route == NULL)
		return "-";
	return (rq->route->flags & ROUTE_SECRET) != 0 ? rq->route->pattern
						      : rq->path;
}

static void
record_request(struct worker *w, const struct request *rq,
    const struct response *rs, int64_t us, unsigned long trips)
{
	const struct router *router = w->env->router;
	size_t slot = rq->route != NULL ? (size_t)(rq->route - router->routes)
					: router->nroutes;

	metrics_request(w->env->metrics, slot, rs->status, (unsigned long)us);
	metrics_round_trips(w->env->metrics, db_round_trips(w->db) - trips);
	log_info("request method=%s path=%.300s route=%s status=%d bytes=%zu "
		 "us=%lld trips=%lu address=%s",
	    rq->headers.method, logged_path(rq),
	    rq->route != NULL ? rq->route->pattern : "none", rs->status,
	    rs->body_len, (long long)us, db_round_trips(w->db) - trips,
	    rq->headers.address);
}

/* Sends the headers and streams the body; sets body_len to its length. */
static bool
send_stream(struct worker *w, struct request *rq, struct response *rs,
    const struct buf *head)
{
	struct stream *s = stream_new(rq->arena, w->gateway, w->busy_since);
	bool whole = gateway_write(w->gateway, head->data, head->len) &&
	    (rq->method == METHOD_HEAD || rs->stream(rq, rs, s));

	rs->body_len = stream_end(s);
	return whole;
}

static void
serve_request(struct worker *w)
{
	struct request rq = { .arena = w->arena,
		.db = w->db,
		.config = w->env->config,
		.router = w->env->router,
		.resources = w->env->router->resources,
		.metrics = w->env->metrics,
		.providers = w->env->providers,
		.fetcher = w->fetcher,
		.slots = w->env->slots,
		.began = clock_us() };
	unsigned long trips = db_round_trips(w->db);
	struct response rs = { 0 };
	enum problem_code err;
	struct buf head;
	bool whole;

	if (gateway_headers(w->gateway, &rq.headers))
		err = PROBLEM_NONE;
	else
		err = request_fail(
		    &rq, PROBLEM_MALFORMED, "a header is repeated");
	rq.request_id = id_is_request(rq.headers.request_id)
	    ? arena_strdup(w->arena, rq.headers.request_id)
	    : id_new(w->arena);
	log_request_id(rq.request_id);
	if (err != PROBLEM_NONE || handle_request(w, &rq, &rs) != PROBLEM_NONE)
		response_problem(&rs, &rq);
	drop_cookie(&rq, &rs);
	renew_cookie(&rq, &rs);
	session_data_update(&rs, &rq);
	buf_init(&head, w->arena);
	response_headers(&rs, &rq, &head);
	whole = rs.stream == NULL || send_stream(w, &rq, &rs, &head);
	record_request(w, &rq, &rs, clock_us() - rq.began, trips);
	/* Release before sending: the client may send its next request. */
	worker_slots_leave(rq.slots);
	/* gateway_end() and gateway_finish() free the request headers. */
	if (!(rs.stream != NULL
		    ? gateway_end(w->gateway, whole)
		    : gateway_finish(w->gateway, head.data, head.len, rs.body,
			  rq.method == METHOD_HEAD ? 0 : rs.body_len)))
		log_info("reply_lost error=\"%s\"", strerror(errno));
	log_request_id(NULL);
	arena_reset(w->arena);
}

/* Drops a request whose client has closed the connection. */
static void
drop_request(struct worker *w)
{
	log_info("departed");
	gateway_finish(w->gateway, "", 0, NULL, 0);
}

int
worker_run(const struct worker_env *env, int listener, int64_t *busy_since)
{
	struct sigaction term = { .sa_handler = on_term };
	struct worker w = { .env = env, .busy_since = busy_since };
	sigset_t waiting;

	sigprocmask(SIG_SETMASK, NULL, &waiting);
	sigdelset(&waiting, SIGTERM);
	w.gateway = gateway_new(listener);
	/* After gateway_new(): libfcgi installs its own handler. */
	sigaction(SIGTERM, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.arena = arena_new();
	w.db = db_new(env->config);
	w.fetcher = fetcher_new(env->config->private_providers);
	metrics_worker_started(env->metrics);
	while (gateway_wait(w.gateway, &waiting, &stopping)) {
		*busy_since = clock_ms();
		if (gateway_begin(w.gateway)) {
			if (gateway_departed(w.gateway))
				drop_request(&w);
			else
				serve_request(&w);
		}
		*busy_since = 0;
	}
	fetcher_free(w.fetcher);
	providers_free(env->providers);
	db_free(w.db);
	arena_free(w.arena);
	gateway_free(w.gateway);
	return EXIT_SUCCESS;
}
