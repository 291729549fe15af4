#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "fetch.h"
#include "gateway.h"
#include "id.h"
#include "inline.h"
#include "limit.h"
#include "log.h"
#include "metrics.h"
#include "origin.h"
#include "places.h"
#include "provider.h"
#include "router.h"
#include "session_data.h"
#include "stream.h"
#include "wire.h"
#include "worker.h"

#define FILES_BODY_MAX 8388608L /* as nginx has it for the same paths */
#define SWEEP_US       INT64_C(3600000000) /* between two of one worker */
#define PURGE_US       INT64_C(1000000) /* while there is more to take away */

struct worker {
	const struct workplace *place;
	struct gateway *gateway;
	struct arena *arena;
	struct db *db;
	int64_t *busy_since;
	int64_t next_sweep;
};

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

/* True when nginx took the request so long ago that its caller has left. */
static bool
stale(const struct request *rq)
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

/* Whole files may be in the body of what shows some. */
static long
body_max(const struct request *rq)
{
	const struct resource *r = rq->route->resource;
	bool files = (rq->route->flags & ROUTE_FILES) != 0;
	const struct column *c;

	if (rq->route->body_max > rq->config->max_body)
		return rq->route->body_max;
	for (c = r != NULL ? r->columns : NULL; c != NULL && c->name != NULL;
	     c++)
		files |= inline_column(c);
	return files && rq->config->max_body < FILES_BODY_MAX
	    ? FILES_BODY_MAX
	    : rq->config->max_body;
}

static enum problem_code
body_length(struct request *rq, size_t *len)
{
	const char *text = rq->headers.content_length;
	char *end;
	long n;

	*len = 0;
	if (*text == '\0')
		return PROBLEM_NONE;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < 0)
		return request_fail(rq, PROBLEM_MALFORMED, "bad length");
	if (n > body_max(rq))
		return request_fail(
		    rq, PROBLEM_TOO_LARGE, "at most %ld bytes", body_max(rq));
	*len = (size_t)n;
	return PROBLEM_NONE;
}

/* The media type without its parameters is name. */
static bool
media_type(const char *type, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(type, name, len) == 0 &&
	    (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

static enum problem_code
check_media_type(struct request *rq)
{
	const char *type = rq->headers.content_type;
	const char *wanted =
	    rq->route->media != NULL ? rq->route->media : "application/json";
	bool form = (rq->route->flags & ROUTE_FORM) != 0;

	if (media_type(type, wanted) || rq->body_len == 0 ||
	    (strcmp(wanted, "application/xml") == 0 &&
		media_type(type, "text/xml")) ||
	    (form && media_type(type, "application/x-www-form-urlencoded")))
		return PROBLEM_NONE;
	if (*type == '\0') { /* as if there were no body */
		rq->body_len = 0;
		return PROBLEM_NONE;
	}
	return request_fail(rq, PROBLEM_MEDIA_TYPE,
	    "Content-Type \"%s\" is not allowed. Allowed types: "
	    "%s%s",
	    type, form ? "application/x-www-form-urlencoded, " : "", wanted);
}

/* Whole or not at all: a body that breaks off changes nothing. */
static enum problem_code
read_body(struct worker *w, struct request *rq)
{
	enum problem_code err;
	size_t len, have = 0;
	char *body;
	ssize_t got;

	if ((rq->route->flags & ROUTE_BODY) == 0)
		return PROBLEM_NONE;
	if ((err = body_length(rq, &len)) != PROBLEM_NONE)
		return err;
	body = arena_alloc(rq->arena, len + 1);
	while (have < len) {
		got = gateway_read(w->gateway, body + have, len - have);
		if (got <= 0)
			return request_fail(
			    rq, PROBLEM_MALFORMED, "the body ended early");
		have += (size_t)got;
	}
	rq->body = body;
	rq->body_len = len;
	return check_media_type(rq);
}

/* A browser of another origin asks first; the answer is all in headers. */
static bool
preflight(struct request *rq, struct response *rs)
{
	if (rq->method != METHOD_OPTIONS ||
	    !origin_trusted(rq->config, rq->headers.origin))
		return false;
	response_empty(rs, 204);
	return true;
}

/* A condition that nobody looks at must not seem to have held. */
static enum problem_code
check_match(struct request *rq)
{
	if (*rq->headers.if_match == '\0' || !method_unsafe(rq->method) ||
	    wire_speaks(rq) || (rq->route->flags & ROUTE_BASIC) != 0 ||
	    (resource_changes(rq->route) && rq->id != NULL))
		return PROBLEM_NONE;
	return request_fail_field(
	    rq, PROBLEM_MALFORMED, "If-Match", "is for a change of one row");
}

static enum problem_code
answer(struct worker *w, struct request *rq, struct response *rs)
{
	enum problem_code err, limited;

	if ((err = request_parse(rq)) != PROBLEM_NONE)
		return err;
	if (preflight(rq, rs))
		return PROBLEM_NONE;
	err = router_match(rq->router, rq);
	if (stale(rq))
		return request_fail(rq, PROBLEM_BUSY, "Too busy. Try again.");
	if ((limited = limit_check(rq)) != PROBLEM_NONE)
		return limited;
	if (err != PROBLEM_NONE || (err = check_match(rq)) != PROBLEM_NONE)
		return err;
	if (rq->route->admit != NULL &&
	    (err = rq->route->admit(rq)) != PROBLEM_NONE)
		return err;
	if ((err = read_body(w, rq)) != PROBLEM_NONE ||
	    (err = origin_check(rq)) != PROBLEM_NONE)
		return err;
	return rq->route->action(rq, rs);
}

/* Whoever is told to sign in need not bring a dead session's cookie again. */
static void
drop_cookie(struct request *rq, struct response *rs)
{
	if (rq->problem.code == PROBLEM_UNAUTHENTICATED && rq->token != NULL &&
	    wire_speaks(rq))
		response_sign_out(rs, rq);
}

/* A session that slid takes its cookie's life with it. */
static void
renew_cookie(struct request *rq, struct response *rs)
{
	if (rq->session_slid && !response_has_session(rs))
		response_session(rs, rq, rq->token, true);
}

/*
 * The path only of a route that has none of its secrets in it: what leads
 * nowhere could be an invitation's token, or blanks that look like fields.
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
account(struct worker *w, const struct request *rq, const struct response *rs,
    int64_t us, unsigned long trips)
{
	const struct router *router = w->place->router;
	size_t slot = rq->route != NULL ? (size_t)(rq->route - router->routes)
					: router->nroutes;

	metrics_request(w->place->metrics, slot, rs->status, (unsigned long)us);
	metrics_round_trips(w->place->metrics, db_round_trips(w->db) - trips);
	log_info("request method=%s path=%.300s route=%s status=%d bytes=%zu "
		 "us=%lld trips=%lu address=%s",
	    rq->headers.method, logged_path(rq),
	    rq->route != NULL ? rq->route->pattern : "none", rs->status,
	    rs->body_len, (long long)us, db_round_trips(w->db) - trips,
	    rq->headers.address);
}

/* Headers, then whatever the handler writes; body_len is what was sent. */
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
serve(struct worker *w)
{
	struct request rq = { .arena = w->arena,
		.db = w->db,
		.config = w->place->config,
		.router = w->place->router,
		.resources = w->place->router->resources,
		.metrics = w->place->metrics,
		.providers = w->place->providers,
		.places = w->place->places,
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
		    &rq, PROBLEM_MALFORMED, "a header was sent twice");
	rq.request_id = id_is_request(rq.headers.request_id)
	    ? arena_strdup(w->arena, rq.headers.request_id)
	    : id_new(w->arena);
	log_request_id(rq.request_id);
	if (err != PROBLEM_NONE || answer(w, &rq, &rs) != PROBLEM_NONE)
		response_problem(&rs, &rq);
	drop_cookie(&rq, &rs);
	renew_cookie(&rq, &rs);
	session_data_follow(&rs, &rq);
	buf_init(&head, w->arena);
	response_headers(&rs, &rq, &head);
	whole = rs.stream == NULL || send_stream(w, &rq, &rs, &head);
	account(w, &rq, &rs, clock_us() - rq.began, trips);
	/* Before the answer is out: the caller's next request may follow at once. */
	places_leave(rq.places);
	/* From here on the headers are gone. */
	if (!(rs.stream != NULL
		    ? gateway_end(w->gateway, whole)
		    : gateway_finish(w->gateway, head.data, head.len, rs.body,
			  rq.method == METHOD_HEAD ? 0 : rs.body_len)))
		log_info("reply_lost error=\"%s\"", strerror(errno));
	log_request_id(NULL);
	arena_reset(w->arena);
}

static void
abandon(struct worker *w)
{
	log_info("departed");
	gateway_finish(w->gateway, "", 0, NULL, 0);
}

/*
 * Deletes what has expired: sessions, kept answers, and of organizations that
 * were deleted long enough ago some rows at a time.  Between two requests, so
 * that none waits for it but the next.
 */
static void
sweep(struct worker *w)
{
	const char *grace[1];
	struct db_step steps[] = {
		{ .sql = SQL("SELECT ops.sweep()") },
		{ .sql = SQL("SELECT ops.purge_organizations($1::interval, "
			     "1000)"),
		    .params = grace,
		    .nparams = 1 },
	};
	struct problem why = { 0 };

	if (clock_us() < w->next_sweep)
		return;
	w->next_sweep = clock_us() + SWEEP_US;
	grace[0] = arena_printf(
	    w->arena, "%ld days", w->place->config->organization_grace);
	if (db_run(w->db, w->arena, steps, 2, &why) != PROBLEM_NONE)
		log_error("sweep failed");
	else if (strcmp(db_text(&steps[1], 0, 0), "0") != 0)
		w->next_sweep = clock_us() + PURGE_US;
	arena_reset(w->arena);
}

int
worker_run(const struct workplace *place, int listener, int64_t *busy_since)
{
	struct sigaction term = { .sa_handler = on_term };
	struct worker w = { .place = place, .busy_since = busy_since };
	sigset_t waiting;

	sigprocmask(SIG_SETMASK, NULL, &waiting);
	sigdelset(&waiting, SIGTERM);
	w.gateway = gateway_new(listener);
	/* After libfcgi, which puts a handler of its own. */
	sigaction(SIGTERM, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.arena = arena_new();
	w.db = db_new(place->config);
	place->providers->fetcher =
	    fetcher_new(place->config->private_providers);
	w.next_sweep = clock_us() + SWEEP_US;
	metrics_worker_started(place->metrics);
	while (gateway_wait(w.gateway, &waiting, &stopping)) {
		*busy_since = clock_ms();
		if (gateway_begin(w.gateway)) {
			if (gateway_departed(w.gateway))
				abandon(&w);
			else
				serve(&w);
		}
		sweep(&w);
		*busy_since = 0;
	}
	providers_free(place->providers);
	db_free(w.db);
	arena_free(w.arena);
	gateway_free(w.gateway);
	return EXIT_SUCCESS;
}
