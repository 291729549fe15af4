/* Serves requests, one after another, in a worker process. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/http/basic_auth.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/gateway.h"
#include "fcgi/http/handoff.h"
#include "fcgi/http/jwt_caller.h"
#include "fcgi/http/limit.h"
#include "fcgi/http/migrated_session.h"
#include "fcgi/http/origin.h"
#include "fcgi/http/response.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "fcgi/http/standby.h"
#include "fcgi/http/stream.h"
#include "fcgi/oidc/fetch.h"
#include "fcgi/oidc/provider.h"
#include "fcgi/oidc/session_data.h"
#include "fcgi/server/body_input.h"
#include "fcgi/server/metrics.h"
#include "fcgi/server/perform.h"
#include "fcgi/server/quarantine.h"
#include "fcgi/server/request_count.h"
#include "fcgi/server/request_log.h"
#include "fcgi/server/watcher.h"
#include "fcgi/server/worker.h"
#include "fcgi/server/worker_slots.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/trace.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "lib/db/step.h"
#include "schema/identity/session.h"

struct worker {
	const struct worker_env *env;
	struct gateway *gateway;
	struct arena *arena;
	struct db *db;
	struct db *standby_db; /* NULL: there is no standby */
	struct fetcher *fetcher;
	struct request_log *requests;
	struct request_count *counts;
	int64_t *busy_since;
	int pool, slot;
	uint64_t changes; /* changes of the cache epoch that were handled */
};

/* Global, because a signal handler sets it. */
static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

/* The current request, until its response begins. */
static struct {
	struct gateway *gateway;
	const char *id;
} unanswered;

static void
response_begins(void)
{
	unanswered.gateway = NULL;
}

/*
 * Handles exhausted memory. Only a prepared response can be sent, and only if
 * no response has begun. The worker then exits, and the supervisor replaces it
 * immediately.
 */
static void
answer_exhausted(void)
{
	static const char text[] =
	    "The request needs more memory than a worker "
	    "may use. Ask for fewer rows or members. After "
	    "a change look first, or send it again with the "
	    "same Idempotency-Key.";
	static char head[512], body[1024];
	int len, n;

	if (unanswered.id == NULL)
		return; /* no request is at fault */
	log_error("out_of_memory");
	if (unanswered.gateway == NULL)
		_exit(EXIT_SUCCESS); /* the client detects the truncation */
	n = snprintf(body, sizeof body,
	    "{\"type\":\"/problems/memory\",\"title\":\"%s\",\"status\":503,"
	    "\"detail\":\"%s\",\"message\":\"%s\","
	    "\"instance\":\"urn:tenantry:request:%s\"}",
	    problem_title(PROBLEM_MEMORY), text, text, unanswered.id);
	len = snprintf(head, sizeof head,
	    "Status: 503 Service Unavailable\r\n"
	    "Content-Type: application/problem+json\r\n"
	    "Content-Length: %d\r\nCache-Control: no-store\r\n"
	    "X-Request-Id: %s\r\nRetry-After: 1\r\n\r\n",
	    n, unanswered.id);
	gateway_finish(unanswered.gateway, head, (size_t)len, body, (size_t)n);
	_exit(
	    EXIT_SUCCESS); /* exit with success: the request is not at fault */
}

/* Returns the time since nginx received the request, in milliseconds. */
static int64_t
waited_ms(const struct request *rq)
{
	struct timespec now = { 0 };
	double arrived, ms;
	char *end;

	if (*rq->headers.arrived == '\0')
		return 0;
	arrived = strtod(rq->headers.arrived, &end);
	clock_gettime(CLOCK_REALTIME, &now);
	ms = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6 -
	    arrived * 1e3;
	return *end == '\0' && ms > 0 && ms < 1e12 ? (int64_t)ms : 0;
}

/*
 * Returns true if the request waited longer than TENANTRY_QUEUE_MS for a
 * worker. The admission queue measures the requests that waited in it.
 */
static bool
waited_too_long(const struct worker *w, const struct request *rq)
{
	return rq->config->queue_ms > 0 &&
	    gateway_returned(w->gateway) == NULL &&
	    waited_ms(rq) > rq->config->queue_ms;
}

/*
 * Returns true if pages with other origins may send the request that follows.
 */
static bool
takes_origins(struct request *rq)
{
	const struct route *r = router_find(rq->router, METHOD_POST, rq->path);

	rq->origin_admitted = *rq->headers.origin != '\0' && r != NULL &&
	    (r->flags & ROUTE_ORIGINS) != 0 &&
	    !origin_trusted(rq->config, rq->headers.origin);
	return rq->origin_admitted;
}

/* Answers a CORS preflight request. put_cors() writes its headers. */
static bool
answer_preflight(struct request *rq, struct response *rs)
{
	if (rq->method != METHOD_OPTIONS ||
	    (!origin_trusted(rq->config, rq->headers.origin) &&
		!takes_origins(rq)))
		return false;
	response_empty(rs, 204);
	return true;
}

/* Refuses If-Match on routes that would ignore it. */
static enum problem_code
check_if_match(struct request *rq)
{
	if (*rq->headers.if_match == '\0' || !method_unsafe(rq->method) ||
	    better_auth_path(rq) ||
	    (rq->route->flags & (ROUTE_BASIC | ROUTE_CHECK)) != 0 ||
	    (route_writes_row(rq->route) && rq->id != NULL))
		return PROBLEM_NONE;
	return request_refuse(rq, "if_match_of_one_row", "If-Match");
}

/* Parses a request. Sets *matched to the problem of a path without a route. */
static enum problem_code
parse_request(struct request *rq, enum problem_code *matched)
{
	enum problem_code err;

	if ((err = request_parse(rq)) != PROBLEM_NONE ||
	    (err = caller_find(rq)) != PROBLEM_NONE)
		return err;
	*matched = router_match(rq->router, rq);
	return PROBLEM_NONE;
}

/* Handles a request. err is the problem of a path without a route. */
static enum problem_code
handle_request(struct worker *w, struct request *rq, struct response *rs,
    enum problem_code err)
{
	enum problem_code limited;

	if (answer_preflight(rq, rs))
		return PROBLEM_NONE;
	if (waited_too_long(w, rq))
		return request_refuse(rq, "server_busy");
	if ((limited = limit_check(rq)) != PROBLEM_NONE)
		return limited;
	if (err != PROBLEM_NONE || (err = check_if_match(rq)) != PROBLEM_NONE ||
	    (err = jwt_caller_verify(rq)) != PROBLEM_NONE)
		return err;
	if (rq->route->admit != NULL &&
	    (err = rq->route->admit(rq)) != PROBLEM_NONE)
		return err;
	if ((err = quarantine_caller(w->env->quarantine, w->slot, rq)) !=
		PROBLEM_NONE ||
	    (err = body_input_read(w->gateway, rq)) != PROBLEM_NONE ||
	    (err = quarantine_body(w->env->quarantine, w->slot, rq)) !=
		PROBLEM_NONE ||
	    (err = origin_check(rq)) != PROBLEM_NONE)
		return err;
	return perform(rq, rs);
}

/*
 * Returns true for a status from 500 that does not say that the database, the
 * memory or the workers are exhausted, so that one more statement is harmless.
 */
static bool
database_answers(const struct request *rq)
{
	return rq->problem.code == PROBLEM_INTERNAL ||
	    rq->problem.code == PROBLEM_TIMEOUT;
}

/* Refuses a request that was refused anyway, if it exceeds the key's limit. */
static void
count_refused(struct request *rq, struct response *rs)
{
	enum problem_code before = rq->problem.code;

	if (session_rate(rq) == before)
		return;
	*rs = (struct response){ 0 };
	response_problem(rs, rq);
}

/* Deletes the cookie of an expired session. */
static void
drop_cookie(struct request *rq, struct response *rs)
{
	if (rq->problem.code == PROBLEM_UNAUTHENTICATED && rq->token != NULL &&
	    better_auth_path(rq))
		response_sign_out(rs, rq);
}

/* Extends the cookie together with the session. */
static void
renew_cookie(struct request *rq, struct response *rs)
{
	if (rq->session_slid && !response_has_session(rs))
		response_session(rs, rq, rq->token, true);
}

/* Sets the cookie that the caller should send with reads to any host. */
static void
tell_write(struct request *rq, struct response *rs)
{
	if (rq->wrote == 0)
		return;
	if (rs->token != NULL)
		standby_note_session(rq, rs->token);
	rs->read_after = arena_printf(rq->arena, "%lld", (long long)rq->wrote);
	if (rq->key == NULL && !rq->bearer)
		response_cookie_plain(rs, rq, STANDBY_COOKIE, rs->read_after,
		    rq->config->read_lag + 2);
}

/*
 * Ends the trace. Its name is the route, so that secrets in paths and values
 * are not exported.
 */
static void
end_trace(struct request *rq, const struct response *rs)
{
	const char *route = rq->route != NULL ? rq->route->pattern : "none";
	const struct trace_value values[] = {
		{ "http.request.method", rq->headers.method, 0 },
		{ "http.route", route, 0 },
		{ "http.response.status_code", NULL, rs->status },
		{ "http.response.body.size", NULL, (long long)rs->body_len },
		{ "tenantry.request_id", rq->request_id, 0 },
	};

	trace_end(rq->trace, TRACE_SERVER,
	    arena_printf(rq->arena, "%s %s", rq->headers.method, route),
	    rs->status >= 500, values, sizeof values / sizeof values[0]);
}

/*
 * Sends the headers and streams the body. Sets body_len to the body's length.
 */
static bool
send_stream(struct worker *w, struct request *rq, struct response *rs,
    const struct buf *head)
{
	struct stream *s = stream_new(
	    rq->arena, w->gateway, w->busy_since, head, response_begins);
	bool whole;

	if (rs->live && !stream_begin(s))
		whole = false;
	else
		whole = rq->method == METHOD_HEAD || rs->stream(rq, rs, s);
	whole = stream_begin(s) && whole;
	rs->body_len = stream_end(s);
	return whole;
}

/*
 * Returns a number for a request's credentials and for the values that select
 * its organization. Returns 0 without credentials.
 */
static uint64_t
credential(struct worker *w, struct request *rq)
{
	const char *org = request_param(rq, "orgId"), *who;

	if (rq->route->secret_url)
		return admission_number(token_mac(w->arena,
		    w->env->config->secret, rq->path, strlen(rq->path)));
	if ((rq->route->flags & ROUTE_BASIC) != 0 && rq->key == NULL &&
	    *rq->headers.authorization != '\0')
		who = rq->headers.authorization;
	else if ((who = rq->key) == NULL && (who = rq->token) == NULL &&
	    (who = rq->jwt) == NULL)
		return 0;
	/* Use a digest, so that callers cannot choose the number. */
	return admission_number(token_mac(
		   w->arena, w->env->config->secret, who, strlen(who))) ^
	    (org != NULL ? admission_number(org) : 0) ^
	    (rq->publishable != NULL ? admission_number(rq->publishable) : 0);
}

static uint64_t
number(const char *text)
{
	return text != NULL ? admission_number(text) : 0;
}

/* Returns the unit that requests with an unknown organization name share. */
static struct unit
shared_unit(const char *name)
{
	return (struct unit){ .holders = { admission_number(name) } };
}

static struct unit
unit_of(const char *unit, const char *user, const char *founder)
{
	return (struct unit){ .holders = { number(unit), number(user),
				  number(founder) } };
}

/* Finds a credential's unit in the database, and remembers the unit. */
static struct unit
look_up(struct worker *w, struct request *rq, uint64_t who)
{
	struct db_step find = session_units(rq);
	struct unit unit = shared_unit("unknown credentials");

	if (db_run(standby_alone(rq->standby) ? w->standby_db : w->db, w->arena,
		&find, 1, &rq->problem) != PROBLEM_NONE) {
		rq->problem = (struct problem){ 0 };
		return unit;
	}
	if (db_rows(&find) > 0) {
		rq->unit = db_text(&find, 0, REQUEST_UNITS_UNIT);
		rq->unit_wanted = false;
		unit =
		    unit_of(rq->unit, db_text(&find, 0, REQUEST_UNITS_USER_ID),
			db_text(&find, 0, REQUEST_UNITS_FOUNDER));
	}
	admission_learn(w->env->admission, w->slot, who, &unit);
	return unit;
}

/*
 * Returns true for a public route that calls providers. It counts for the unit
 * of these routes even if the caller is signed in.
 */
static bool
is_sign_in(const struct request *rq)
{
	return rq->route->need == SESSION_NONE &&
	    (rq->route->flags & ROUTE_FETCHES) != 0 && better_auth_path(rq);
}

/*
 * Returns true for a probe, which must not wait, and for the login pool, whose
 * callers are not signed in yet.
 */
static bool
is_unbounded(const struct worker *w, const struct request *rq)
{
	return (rq->route->flags & ROUTE_PROBE) != 0 ||
	    (rq->route->need == SESSION_NONE &&
		!admission_slows(w->env->admission, w->pool));
}

/*
 * Occupies the worker for the request's sender. Usually the unit is known, or
 * the request's own transaction finds it on an idle pool. Otherwise, a separate
 * transaction looks it up. Returns false if the request must wait.
 */
static bool
enter(struct worker *w, struct request *rq, struct handoff *h)
{
	struct admission *a = w->env->admission;
	uint64_t who = is_sign_in(rq) ? 0 : credential(w, rq);

	h->pool = w->pool;
	if (is_unbounded(w, rq) ||
	    (who == 0 && rq->route->need != SESSION_NONE))
		return true; /* a request without credentials will be refused */
	if (who == 0)
		h->unit = shared_unit(
		    is_sign_in(rq) ? "sign-in by providers" : "public routes");
	else if (!admission_unit(a, who, &h->unit)) {
		rq->credential = who;
		rq->unit_wanted = rq->route->need != SESSION_NONE;
		if (admission_enter(a, w->slot, w->pool, NULL))
			return true;
		h->unit = look_up(w, rq, who);
	}
	h->unit.heavy = (rq->route->flags & ROUTE_HEAVY) != 0;
	return admission_enter(a, w->slot, w->pool, &h->unit);
}

/*
 * Admits a request, or passes its connection to the queue. A request is refused
 * if its headers are too long to peek at, because it cannot wait.
 */
static enum problem_code
admit(struct worker *w, struct request *rq, bool peeked, bool *gone)
{
	const struct handoff *back = gateway_returned(w->gateway);
	struct admission *a = w->env->admission;
	struct handoff h = { .pool = 0 };

	*gone = false;
	if (a == NULL)
		return PROBLEM_NONE;
	if (back != NULL && !back->refused) {
		admission_claim(a, w->slot, w->pool, &back->unit);
		return PROBLEM_NONE;
	}
	if (back == NULL && enter(w, rq, &h))
		return PROBLEM_NONE;
	h.waited_ms = waited_ms(rq);
	if (back == NULL && peeked &&
	    gateway_hand_over(w->gateway, w->env->queue[0], &h)) {
		*gone = true;
		return PROBLEM_NONE;
	}
	admission_refused(a, w->pool);
	return request_refuse(rq, "too_many_at_once");
}

/*
 * Ends the admission that admit() began. The queue may then admit the next
 * request.
 */
static void
leave(struct worker *w, struct request *rq)
{
	static const struct handoff wake = { .pool = 0 };
	struct admission *a = w->env->admission;
	struct unit unit;

	if (a == NULL)
		return;
	if (rq->unit_user != NULL) {
		unit = unit_of(rq->unit, rq->unit_user, rq->unit_founder);
		admission_learn(a, w->slot, rq->credential, &unit);
	} else if (rq->credential != 0 && rq->unit == NULL &&
	    admission_took_long(a, w->slot))
		/* The request was slow, and its transaction failed. */
		look_up(w, rq, rq->credential);
	if (admission_leave(a, w->slot))
		handoff_send(w->env->queue[0], -1, &wake);
}

static void
answer_request(struct worker *w, struct request *rq, enum problem_code err,
    enum problem_code matched)
{
	struct response rs = { 0 };
	const char *old_cookie = NULL;
	struct buf head;
	bool whole;

	unanswered.id = rq->request_id;
	unanswered.gateway = w->gateway;
	if (err != PROBLEM_NONE ||
	    handle_request(w, rq, &rs, matched) != PROBLEM_NONE) {
		old_cookie = migrated_session_explain(rq);
		response_problem(&rs, rq);
	}
	if (rs.status < 500 || database_answers(rq))
		count_refused(rq, &rs);
	drop_cookie(rq, &rs);
	if (old_cookie != NULL)
		migrated_session_drop(&rs, rq, old_cookie);
	renew_cookie(rq, &rs);
	session_data_update(&rs, rq);
	tell_write(rq, &rs);
	response_file_urls(&rs, rq);
	buf_init(&head, w->arena);
	response_headers(&rs, rq, &head);
	whole = rs.stream == NULL || send_stream(w, rq, &rs, &head);
	response_begins();
	perform_record(rq, &rs);
	request_log_add(w->requests, rq, &rs);
	request_count_add(w->counts, rq);
	quarantine_leave(w->env->quarantine, w->slot);
	if (rq->trace != NULL)
		end_trace(rq, &rs);
	/*
	 * Release the slot before sending, because the client may send its next
	 * request.
	 */
	worker_slots_leave(rq->slots);
	leave(w, rq);
	/* gateway_end() and gateway_finish() free the request headers. */
	if (!(rs.stream != NULL
		    ? gateway_end(w->gateway, whole)
		    : gateway_finish(w->gateway, head.data, head.len, rs.body,
			  rq->method == METHOD_HEAD ? 0 : rs.body_len)))
		log_info("reply_lost error=\"%s\"", strerror(errno));
	request_log_write(w->requests, w->db, true);
	request_count_write(w->counts, w->db, true);
}

/* Drops a request whose client has closed the connection. */
static void
drop_request(struct worker *w, struct request *rq)
{
	log_info("departed");
	leave(w, rq);
	gateway_finish(w->gateway, "", 0, NULL, 0);
}

static void
set_trace(struct worker *w, struct trace *trace)
{
	db_trace(w->db, trace);
	if (w->standby_db != NULL)
		db_trace(w->standby_db, trace);
}

/* Continues the caller's trace, or begins a new trace. */
static void
start_trace(struct worker *w, struct request *rq)
{
	const struct trace_parent *parent =
	    trace_parse(rq->headers.traceparent, &rq->parent) ? &rq->parent
							      : NULL;

	if (trace_wanted(parent, rq->config->trace_percent))
		rq->trace = trace_begin(rq->arena, parent);
	set_trace(w, rq->trace);
}

/* Reads the headers and decides whether the request may run now. */
static void
serve_request(struct worker *w)
{
	struct request rq = { .arena = w->arena,
		.gateway = w->gateway,
		.db = w->db,
		.standby_db = w->standby_db,
		.standby = w->env->standby,
		.config = w->env->config,
		.router = w->env->router,
		.resources = w->env->router->resources,
		.metrics = w->env->metrics,
		.watcher = w->env->watcher,
		.providers = w->env->providers,
		.jwks = w->env->jwks,
		.fetcher = w->fetcher,
		.slots = w->env->slots,
		.began = clock_us() };
	enum problem_code err = PROBLEM_NONE, matched = PROBLEM_NONE;
	bool peeked = gateway_peek(w->gateway, &rq.headers), gone = false;

	rq.trips = request_round_trips(&rq);
	/* Drop the warnings of a request without a response. */
	(void)db_told(w->db, w->arena);
	set_trace(w, NULL);
	if (!peeked && !gateway_begin(w->gateway))
		return;
	if (!peeked && !gateway_headers(w->gateway, &rq.headers))
		err = request_refuse(&rq, "header_repeated");
	rq.request_id = id_is_request(rq.headers.request_id)
	    ? arena_strdup(w->arena, rq.headers.request_id)
	    : id_new(w->arena);
	log_request_id(rq.request_id);
	start_trace(w, &rq);
	if (err == PROBLEM_NONE)
		err = parse_request(&rq, &matched);
	if (err == PROBLEM_NONE && matched == PROBLEM_NONE)
		err = admit(w, &rq, peeked, &gone);
	if (err == PROBLEM_NONE && rq.alias != NULL && w->env->watcher == NULL)
		matched = watcher_ask(w->env->router->aliases, &rq);
	if (rq.unit == NULL &&
	    (metrics_need_unit(rq.metrics) || rq.alias != NULL))
		rq.unit_wanted = true;
	if (!gone && peeked && !gateway_begin(w->gateway))
		leave(w, &rq);
	else if (!gone && gateway_departed(w->gateway))
		drop_request(w, &rq);
	else if (!gone)
		answer_request(w, &rq, err, matched);
	log_request_id(NULL);
	unanswered.id = NULL;
	arena_reset(w->arena);
}

/* Clears this worker's caches if there is a new cache epoch. */
static void
follow_epoch(struct worker *w)
{
	uint64_t changes = watcher_changes(w->env->watcher);

	if (changes == w->changes)
		return;
	w->changes = changes;
	migrated_session_forget();
	db_reconnect(w->db);
	if (w->standby_db != NULL)
		db_reconnect(w->standby_db);
	providers_free(w->env->providers);
	fetcher_free(w->fetcher);
	w->fetcher =
	    fetcher_new(w->env->config->private_providers, w->env->circuits);
}

#define IDLE_MS  500
#define COUNT_MS 5000

static void
write_requests(void *arg)
{
	struct worker *w = arg;

	*w->busy_since = clock_ms();
	request_log_write(w->requests, w->db, false);
	request_count_write(w->counts, w->db, true);
	if (request_count_waits(w->counts))
		gateway_when_idle(w->gateway, COUNT_MS, write_requests, w);
	*w->busy_since = 0;
}

static void
serve_one(struct worker *w)
{
	*w->busy_since = clock_ms();
	follow_epoch(w);
	serve_request(w);
	*w->busy_since = 0;
	if (request_log_waits(w->requests))
		gateway_when_idle(w->gateway, IDLE_MS, write_requests, w);
	else if (request_count_waits(w->counts))
		gateway_when_idle(w->gateway, COUNT_MS, write_requests, w);
}

/*
 * Returns true if no new workers will start that could answer the waiting
 * requests.
 */
static bool
closing(const struct worker *w)
{
	return w->env->admission != NULL && admission_closed(w->env->admission);
}

int
worker_run(const struct worker_env *env, int listener, int pool, int slot,
    int64_t *busy_since)
{
	struct sigaction term = { .sa_handler = on_term };
	struct worker w = {
		.env = env, .busy_since = busy_since, .pool = pool, .slot = slot
	};
	sigset_t waiting;

	arena_on_exhausted(answer_exhausted);
	sigprocmask(SIG_SETMASK, NULL, &waiting);
	sigdelset(&waiting, SIGTERM);
	w.gateway = gateway_new(
	    listener, env->admission != NULL ? env->returned[pool][1] : -1);
	/*
	 * This must follow gateway_new(), because libfcgi installs its own
	 * handler.
	 */
	sigaction(SIGTERM, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.arena = arena_new();
	w.db = env->db != NULL ? env->db : db_new(env->config);
	if (env->standby != NULL)
		w.standby_db = db_new_standby(env->config);
	w.fetcher = fetcher_new(env->config->private_providers, env->circuits);
	w.requests = request_log_new();
	w.counts = request_count_new();
	w.changes = watcher_changes(env->watcher);
	metrics_worker_started(env->metrics);
	while (gateway_wait(w.gateway, &waiting, &stopping))
		serve_one(&w);
	while (env->closed != NULL && env->closed[pool] &&
	    gateway_accept(w.gateway))
		serve_one(&w);
	while (closing(&w) && gateway_take(w.gateway, env->queue[1]))
		serve_one(&w);
	request_log_write(w.requests, w.db, false);
	request_log_free(w.requests);
	request_count_write(w.counts, w.db, false);
	request_count_free(w.counts);
	fetcher_free(w.fetcher);
	providers_free(env->providers);
	db_free(w.db);
	if (w.standby_db != NULL)
		db_free(w.standby_db);
	arena_free(w.arena);
	gateway_free(w.gateway);
	return EXIT_SUCCESS;
}
