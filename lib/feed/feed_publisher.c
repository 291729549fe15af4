/* Numbers changes and publishes them to the nginx on this host. */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/host_name.h"
#include "lib/base/log.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "lib/feed/feed_event.h"
#include "lib/feed/feed_publisher.h"
#include "lib/feed/feed_socket.h"
#include "lib/net/http_client.h"
#include "schema/ops/change_feed.h"

#define ROUND_MS   250
#define HOLD_MS    750 /* the time in ops.hold_feed() */
#define LATE_MS    500 /* a round may not publish later than this */
#define FAILED_MS  1000
#define BEAT_MS    15000
#define CONNECT_MS 1000
#define SEND_MS    3000
#define PROBE_MS   400
#define REPLY_MAX  4096
#define ROWS       1000 /* changes numbered in one round */

_Static_assert(LATE_MS < HOLD_MS, "another process may publish then");

/*
 * Sets the reconnection time of browsers. The comment keeps connections open in
 * proxies.
 */
#define BEAT ":\nretry: 2000\n\n"

struct feed {
	const struct config *config;
	struct arena *arena; /* freed after each round */
	struct db *db;
	struct http_connection *line;
	const char *holder, *host;
	const char *server; /* the nginx in this round, or NULL */
	bool holds;         /* this process was active in the last round */
	int64_t began;      /* clock_ms() at the start of this round */
	int64_t next_beat;
	bool unreachable; /* the failure has already been logged */
};

static bool
query(struct feed *f, struct db_step *step)
{
	struct problem why = { 0 };

	if (db_run(f->db, f->arena, step, 1, &why) == PROBLEM_NONE)
		return true;
	log_error("feed error=\"%s\"",
	    why.detail != NULL ? why.detail : problem_title(why.code));
	return false;
}

/*
 * Returns true if another process may have taken over: this process may have
 * been suspended.
 */
static bool
is_late(const struct feed *f)
{
	return clock_ms() - f->began > LATE_MS;
}

/* Returns the status of nginx's response, or 0 if there is no response. */
static long
ask_nginx(struct feed *f, const char *method, const char *channel,
    const char *body, struct http_reply *reply)
{
	const char *headers[] = { "Accept: text/json",
		"Content-Type: text/event-stream", NULL };
	const struct http_request t = {
		.who = "feed",
		.url = arena_printf(
		    f->arena, "http://feed/tenantry-feed?%s", channel),
		.protocols = "http",
		.socket = f->config->feed_socket,
		.connect_ms = CONNECT_MS,
		.ms = SEND_MS,
		.most = REPLY_MAX,
		.method = method,
		.headers = headers,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
	};
	bool ok = http_client_send(f->arena, f->line, &t, reply);

	if (!ok && !f->unreachable)
		log_error("feed nginx=%s error=\"%s\"", f->config->feed_socket,
		    reply->error);
	if (ok && f->unreachable)
		log_info("feed nginx=%s back=yes", f->config->feed_socket);
	f->unreachable = !ok;
	return ok ? reply->status : 0;
}

/*
 * Converts "1795203742:1" in nginx's response to a position in three channels.
 */
static const char *
message_mark(struct feed *f, const struct http_reply *reply)
{
	static const char name[] = "\"last_message_id\": \"";
	const char *at = strstr(reply->body.data, name), *tag;

	if (at == NULL)
		return NULL;
	at += sizeof name - 1;
	tag = at + strspn(at, "0123456789");
	if (tag == at || *tag != ':' ||
	    strspn(tag + 1, "0123456789") + 1 != strcspn(tag, "\""))
		return NULL;
	return arena_printf(f->arena, "%.*s:[%.*s],-,-", (int)(tag - at), at,
	    (int)(strcspn(tag, "\"") - 1), tag + 1);
}

/*
 * Returns true if nginx refuses only this message. An nginx without a feed
 * responds with 403 or 404 to every message.
 */
static bool
is_refusal(long status)
{
	return status >= 400 && status < 500 && status != 403 && status != 404;
}

static bool
refuse_message(struct feed *f, const char *secret, long status)
{
	struct db_step step = ops_message_refused(f->arena, .secret = secret,
	    .fault = arena_printf(f->arena, "nginx answers %ld", status));

	return query(f, &step);
}

/*
 * Publishes a message. After a crash before the update, the message is sent
 * again with the same numbers. Returns false if the remaining messages cannot
 * be published either.
 */
static bool
publish_message(struct feed *f, const struct db_step *messages, int row)
{
	const char *secret = db_text(messages, row, NEXT_MESSAGES_SECRET),
		   *mark;
	struct db_step sent;
	struct http_reply reply;
	long status = ask_nginx(f, "POST", secret,
	    db_text(messages, row, NEXT_MESSAGES_BODY), &reply);

	if (status == 0)
		return false;
	if (status < 200 || status > 299 ||
	    (mark = message_mark(f, &reply)) == NULL) {
		log_error(
		    "feed status=%ld error=\"not what nchan answers\"", status);
		return is_refusal(status) && refuse_message(f, secret, status);
	}
	sent = ops_message_sent(f->arena, .secret = secret,
	    .published = db_text(messages, row, NEXT_MESSAGES_PUBLISHED),
	    .upto = db_text(messages, row, NEXT_MESSAGES_UPTO), .mark = mark,
	    .server = f->server);
	return query(f, &sent);
}

/* Disconnects readers that have lost access by deleting their channels. */
static void
close_channels(struct feed *f, const struct db_step *lost)
{
	struct http_reply reply;
	int i;

	for (i = 0; i < db_rows(lost) && !is_late(f); i++)
		if (ask_nginx(f, "DELETE", db_text(lost, i, 0), NULL, &reply) ==
		    0)
			return;
}

/*
 * Publishes an event on a separate channel, and reads the event as clients do.
 */
static bool
probe_arrives(struct feed *f)
{
	const char *name = token_new(f->arena);
	const char *const headers[] = { arena_printf(
					    f->arena, "Feed-Org: %s", name),
		"Feed-Reader: probe", NULL };
	struct feed_event event = { .text = name };
	const struct http_request t = { .who = "feed",
		.url = "http://feed/listen",
		.protocols = "http",
		.socket = f->config->feed_socket,
		.connect_ms = CONNECT_MS,
		.ms = PROBE_MS,
		.most = REPLY_MAX,
		.headers = headers,
		.take = feed_event_take,
		.to = &event };
	struct http_reply reply = { 0 };

	if (ask_nginx(f, "POST", name, name, &reply) / 100 != 2)
		return false;
	reply = (struct http_reply){ 0 };
	(void)http_client_send(f->arena, NULL, &t, &reply);
	return event.arrived;
}

/*
 * Sends a comment to keep connections open, and records whether events arrive.
 */
static void
send_beat(struct feed *f)
{
	struct db_step reached =
	    ops_feed_reached(f->arena, .server = f->server);
	struct http_reply reply;

	f->next_beat = clock_ms() + BEAT_MS;
	if (ask_nginx(f, "POST", "beat", BEAT, &reply) == 0)
		log_debug("feed beat=no");
	else if (probe_arrives(f))
		(void)query(f, &reached);
}

/*
 * Returns true if the round ran out of time before all messages were published.
 */
static bool
publish_messages(
    struct feed *f, const struct db_step *lost, const struct db_step *messages)
{
	int i;

	close_channels(f, lost);
	if (clock_ms() >= f->next_beat)
		send_beat(f);
	for (i = 0; i < db_rows(messages); i++)
		if (is_late(f) || !publish_message(f, messages, i))
			return is_late(f);
	return false;
}

/* Returns true if no other process publishes to the nginx on this host. */
static bool
take_over(struct feed *f, int64_t *wait)
{
	struct db_step step = ops_hold_feed(f->arena, .holder = f->holder,
	    .server = f->server, .host = f->host);

	if (query(f, &step))
		return db_bool(&step, 0, 0);
	*wait = FAILED_MS;
	return false;
}

static void
note_holder(struct feed *f, bool holds)
{
	if (holds != f->holds)
		log_info("feed publishes=%s", holds ? "yes" : "no");
	f->holds = holds;
}

/*
 * Runs a round, which needs one round trip to the database. Returns true if
 * more changes are waiting.
 */
static bool
run_round(struct feed *f, int64_t *wait)
{
	struct db_step steps[] = {
		ops_number_changes(f->arena, .most = "1000"),
		ops_hold_feed(f->arena, .holder = f->holder,
		    .server = f->server, .host = f->host),
		ops_lost_readers(f->arena, .server = f->server),
		ops_next_messages(f->arena, .most = "500", .server = f->server),
	};
	struct problem why = { 0 };
	bool more;

	if (db_run(f->db, f->arena, steps, f->server != NULL ? 4 : 1, &why) !=
	    PROBLEM_NONE) {
		log_error("feed error=\"%s\"",
		    why.detail != NULL ? why.detail : problem_title(why.code));
		*wait = FAILED_MS;
		return false;
	}
	more = strtol(db_text(&steps[0], 0, 0), NULL, 10) >= ROWS;
	note_holder(f, f->server != NULL && db_bool(&steps[1], 0, 0));
	if (f->holds && publish_messages(f, &steps[2], &steps[3]))
		more = true;
	return more;
}

/*
 * Checks the socket, because a restarted nginx has lost the previous messages.
 */
static void
look_at_socket(struct feed *f, struct arena *kept)
{
	const char *now = feed_socket_server(f->arena, f->config->feed_socket);

	f->began = clock_ms();
	if (now != NULL && f->server != NULL && strcmp(now, f->server) == 0)
		return;
	arena_reset(kept);
	f->server = now != NULL ? arena_strdup(kept, now) : NULL;
	f->next_beat = 0;
	f->holds = false;
}

static void
feed_wait(int64_t ms, const sigset_t *waiting)
{
	struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	ppoll(NULL, 0, &t, waiting);
}

void
feed_publisher_run(const struct config *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	struct feed f = { .config = config };
	struct arena *own = arena_new(), *kept = arena_new();
	int64_t wait;
	bool more;

	f.arena = arena_new();
	f.db = db_new(config);
	f.line = http_connection_new();
	f.holder = token_new(own);
	f.host = host_name(own);
	while (!*stopping) {
		wait = ROUND_MS;
		more = false;
		look_at_socket(&f, kept);
		if (f.server == NULL || f.holds || take_over(&f, &wait))
			more = run_round(&f, &wait);
		arena_reset(f.arena);
		feed_wait(more ? 0 : wait, waiting);
	}
	http_connection_free(f.line);
	db_free(f.db);
	arena_free(f.arena);
	arena_free(kept);
	arena_free(own);
}
