/* The process that delivers webhooks. */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/base/job_supervisor.h"
#include "jobs/base/periodic_tasks.h"
#include "jobs/outbound/webhooks.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/db/db.h"
#include "lib/net/webhook_request.h"
#include "lib/storage/file_url.h"
#include "schema/ops/webhook.h"

#define ROUND_MS 500
#define SLOTS    256   /* ops.claim_deliveries() allocates them */
#define DELETED  10000 /* maximum number of rows deleted per run */

/* A delivery in progress. */
struct slot {
	struct arena *arena;
	bool taken;
	const char *place;
	const char *attempt;
	struct http_request request;
	struct http_reply reply;
};

struct dispatch {
	struct job_context w;
	struct http_multi *multi;
	struct slot slots[SLOTS];
	int nfree;
	bool idle; /* the last round claimed nothing */
	int64_t next_round;
};

static const char *
open_secret(struct dispatch *d, struct arena *a, const struct db_step *claim,
    int row, int column)
{
	const char *sealed = db_text(claim, row, column);

	return sealed != NULL ? secretbox_open(a, d->w.config->secrets, sealed)
			      : NULL;
}

/* Returns {"Content-Type":"application/json"}, or NULL if nothing was sent. */
static const char *
headers_json(struct arena *a, const char *const *headers)
{
	const char *h;
	struct buf b;

	if (headers == NULL)
		return NULL;
	buf_init(&b, a);
	for (buf_puts(&b, "{"); (h = *headers) != NULL; headers++) {
		buf_puts(&b, b.len > 1 ? "," : "");
		buf_json(&b, arena_strndup(a, h, strcspn(h, ":")));
		buf_puts(&b, ":");
		buf_json(&b, h + strcspn(h, ":") + strlen(": "));
	}
	buf_puts(&b, "}");
	return b.data;
}

/* Records the result. If this fails, the delivery is retried. */
static void
record_delivery(struct dispatch *d, struct slot *s)
{
	struct db_step step =
	    ops_end_delivery(s->arena, .place = s->place, .attempt = s->attempt,
		.status = arena_printf(s->arena, "%ld", s->reply.status),
		.ms = arena_printf(s->arena, "%ld", s->reply.ms),
		.error = s->reply.error,
		.answer = webhook_answer(s->arena, &s->reply),
		.language = d->w.config->language,
		.headers = headers_json(s->arena, s->request.headers),
		.body = s->request.headers != NULL ? s->request.body : NULL);
	struct arena *a = s->arena;

	log_info("webhook place=%s attempt=%s status=%ld ms=%ld error=\"%s\"",
	    s->place, s->attempt, s->reply.status, s->reply.ms,
	    s->reply.error != NULL ? s->reply.error : "");
	if (!periodic_tasks_query(&d->w, &step))
		log_error("webhook place=%s recorded=no", s->place);
	arena_reset(a);
	*s = (struct slot){ .arena = a };
	d->nfree++;
}

static void
start_delivery(struct dispatch *d, const struct db_step *claim, int row)
{
	struct slot *s = d->slots;
	const char *body = db_text(claim, row, CLAIM_DELIVERIES_BODY);
	size_t len = strlen(body);

	while (s->taken)
		s++;
	s->taken = true;
	d->nfree--;
	s->place =
	    arena_strdup(s->arena, db_text(claim, row, CLAIM_DELIVERIES_PLACE));
	s->attempt = arena_strdup(
	    s->arena, db_text(claim, row, CLAIM_DELIVERIES_ATTEMPT));
	body = arena_strdup(s->arena,
	    file_url_absolute(s->arena, body, &len, d->w.config->base_url));
	s->request = webhook_request(d->w.config,
	    arena_strdup(s->arena, db_text(claim, row, CLAIM_DELIVERIES_URL)));
	s->request.headers = webhook_headers(s->arena,
	    db_text(claim, row, CLAIM_DELIVERIES_MESSAGE_ID),
	    open_secret(d, s->arena, claim, row, CLAIM_DELIVERIES_SECRET),
	    open_secret(d, s->arena, claim, row, CLAIM_DELIVERIES_OLD_SECRET),
	    body);
	s->request.body = body;
	s->request.body_len = len;
	if (s->request.headers != NULL)
		http_multi_add(d->multi, s->arena, &s->request, &s->reply);
	else {
		s->reply.error = WEBHOOK_SECRET_LOST;
		record_delivery(d, s);
	}
}

static void
finish_deliveries(struct dispatch *d)
{
	struct http_reply *reply;
	int i;

	while ((reply = http_multi_next_done(d->multi)) != NULL)
		for (i = 0; i < SLOTS; i++)
			if (&d->slots[i].reply == reply)
				record_delivery(d, &d->slots[i]);
}

static void
claim_deliveries(struct dispatch *d)
{
	const char *most = arena_printf(d->w.arena, "%d", d->nfree);
	struct db_step queue = ops_queue_webhooks(d->w.arena, .most = "1000");
	struct db_step claim = ops_claim_deliveries(d->w.arena, .most = most);
	int i;

	d->next_round = clock_ms() + ROUND_MS;
	d->idle = true;
	if (!periodic_tasks_query(&d->w, &queue) ||
	    !periodic_tasks_query(&d->w, &claim))
		return;
	d->idle = db_rows(&claim) == 0;
	for (i = 0; i < db_rows(&claim); i++)
		start_delivery(d, &claim, i);
	if (db_rows(&claim) > 0)
		d->next_round = clock_ms() + ROUND_MS / 10;
}

void
webhooks_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	struct dispatch d = { .w = { .config = config }, .nfree = SLOTS };
	const struct timespec none = { 0 };
	int64_t ms;
	int i;

	d.w.arena = arena_new();
	d.w.db = db_new(d.w.config);
	d.multi = http_multi_new();
	for (i = 0; i < SLOTS; i++)
		d.slots[i].arena = arena_new();
	while (!*stopping) {
		finish_deliveries(&d);
		if (clock_ms() >= d.next_round && d.nfree > 0)
			claim_deliveries(&d);
		arena_reset(d.w.arena);
		if (d.idle && d.nfree == SLOTS && job_supervisor_once())
			break;
		ms = d.next_round - clock_ms();
		http_multi_wait(d.multi, -1, ms > 0 ? (int)ms : ROUND_MS / 10);
		ppoll(NULL, 0, &none, waiting); /* handles pending signals */
	}
	for (i = 0; i < SLOTS; i++)
		arena_free(d.slots[i].arena);
	http_multi_free(d.multi);
	db_free(d.w.db);
	arena_free(d.w.arena);
}

static enum task_status
purge_deliveries(struct job_context *w)
{
	struct db_step step = ops_purge_deliveries(w->arena, .most = "10000");

	return periodic_tasks_purge(w, "webhook_deliveries", &step, DELETED);
}

const struct periodic_task deliveries_task = { "webhook_deliveries", 60,
	purge_deliveries };
