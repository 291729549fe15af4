/* Process that numbers changes and publishes them to nginx. */

#include <stdlib.h>
#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/outbound/feed.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "lib/net/http_client.h"
#include "schema/ops/change_feed.h"

#define ROUND_MS   250
#define OTHERS_MS  1000 /* while another process publishes */
#define BEAT_MS    15000
#define CONNECT_MS 1000
#define SEND_MS    3000
#define REPLY_MAX  4096
#define ROWS       1000 /* changes numbered in one round */

/* Sets the reconnection time of browsers; the comment keeps proxies open. */
#define BEAT ":\nretry: 2000\n\n"

struct feed {
	struct job_context w;
	struct http_connection *line;
	const char *holder;
	int64_t next_beat;
	bool unreachable; /* and the log says so */
};

/* The status of nginx's answer, 0 without an answer. */
static long
ask_nginx(struct feed *f, const char *method, const char *channel,
    const char *body, struct http_reply *reply)
{
	const char *headers[] = { "Accept: text/json",
		"Content-Type: text/event-stream", NULL };
	const struct http_request t = {
		.who = "feed",
		.url = arena_printf(
		    f->w.arena, "http://feed/tenantry-feed?%s", channel),
		.protocols = "http",
		.socket = f->w.config->feed_socket,
		.connect_ms = CONNECT_MS,
		.ms = SEND_MS,
		.most = REPLY_MAX,
		.method = method,
		.headers = headers,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
	};
	bool ok = http_client_send(f->w.arena, f->line, &t, reply);

	if (!ok && !f->unreachable)
		log_error("feed nginx=%s error=\"%s\"",
		    f->w.config->feed_socket, reply->error);
	if (ok && f->unreachable)
		log_info("feed nginx=%s back=yes", f->w.config->feed_socket);
	f->unreachable = !ok;
	return ok ? reply->status : 0;
}

/* "1795203742:1" in nginx's answer, as a position in three channels. */
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
	return arena_printf(f->w.arena, "%.*s:[%.*s],-,-", (int)(tag - at), at,
	    (int)(strcspn(tag, "\"") - 1), tag + 1);
}

/* Of this message, unlike an nginx without a feed, which answers 403 or 404. */
static bool
is_refusal(long status)
{
	return status >= 400 && status < 500 && status != 403 && status != 404;
}

static bool
refuse_message(struct feed *f, const char *secret, long status)
{
	struct db_step step = ops_message_refused(f->w.arena, .secret = secret,
	    .fault = arena_printf(f->w.arena, "nginx answers %ld", status));

	return periodic_tasks_query(&f->w, &step);
}

/*
 * After a crash in between, the message is sent again with the same numbers.
 * False if others cannot be published either.
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
	sent = ops_message_sent(f->w.arena, .secret = secret,
	    .published = db_text(messages, row, NEXT_MESSAGES_PUBLISHED),
	    .upto = db_text(messages, row, NEXT_MESSAGES_UPTO), .mark = mark);
	return periodic_tasks_query(&f->w, &sent);
}

/* Disconnects readers who have lost access by deleting their channels. */
static void
close_channels(struct feed *f, const struct db_step *lost)
{
	struct http_reply reply;
	int i;

	for (i = 0; i < db_rows(lost); i++)
		if (ask_nginx(f, "DELETE", db_text(lost, i, 0), NULL, &reply) ==
		    0)
			return;
}

static void
publish_messages(
    struct feed *f, const struct db_step *lost, const struct db_step *messages)
{
	struct http_reply reply;
	int i;

	close_channels(f, lost);
	for (i = 0; i < db_rows(messages); i++)
		if (!publish_message(f, messages, i))
			return;
	if (clock_ms() < f->next_beat)
		return;
	f->next_beat = clock_ms() + BEAT_MS;
	if (ask_nginx(f, "POST", "beat", BEAT, &reply) == 0)
		log_debug("feed beat=no");
}

/* Needs one exchange with the database; true when more changes wait. */
static bool
run_round(struct feed *f, int64_t *wait)
{
	struct db_step steps[] = {
		ops_hold_feed(f->w.arena, .holder = f->holder),
		ops_number_changes(f->w.arena, .most = "1000"),
		ops_lost_readers(f->w.arena),
		ops_next_messages(f->w.arena, .most = "500"),
	};
	struct problem why = { 0 };

	if (db_run(f->w.db, f->w.arena, steps, 4, &why) != PROBLEM_NONE) {
		log_error("feed error=\"%s\"",
		    why.detail != NULL ? why.detail : problem_title(why.code));
		*wait = OTHERS_MS;
		return false;
	}
	*wait = ROUND_MS;
	if (!db_bool(&steps[0], 0, 0)) {
		*wait = OTHERS_MS;
		return false;
	}
	if (*f->w.config->feed_socket != '\0')
		publish_messages(f, &steps[2], &steps[3]);
	return strtol(db_text(&steps[1], 0, 0), NULL, 10) >= ROWS;
}

void
feed_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	struct feed f = { .w = { .config = config } };
	struct arena *own = arena_new();
	int64_t wait;
	bool more;

	f.w.arena = arena_new();
	f.w.db = db_new(f.w.config);
	f.line = http_connection_new();
	f.holder = token_new(own);
	while (!*stopping) {
		more = run_round(&f, &wait);
		arena_reset(f.w.arena);
		poll_loop_wait(more ? 0 : wait, waiting);
	}
	http_connection_free(f.line);
	db_free(f.w.db);
	arena_free(f.w.arena);
	arena_free(own);
}

static enum task_status
purge_changes(struct job_context *w)
{
	struct db_step step = ops_purge_changes(w->arena, .most = "10000");

	return periodic_tasks_purge(w, "changes", &step, 10000);
}

const struct periodic_task changes_task = { "changes", 3600, purge_changes };
