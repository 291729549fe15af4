/* The process that calls payment providers. */

#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/outbound/payments.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"
#include "lib/db/db.h"
#include "lib/net/http_client.h"
#include "lib/net/payment_provider.h"
#include "schema/ops/payment_call.h"

#define ROUND_MS   500
#define CONNECT_MS 5000
#define CALL_MS    30000 /* milliseconds; less than the one-minute lease */
#define ANSWER_MAX 262144
#define CALLS      16 /* concurrent calls */

struct slot {
	const struct payment_provider *provider; /* NULL: no call is made */
	struct payment_call call;
	struct http_request request;
	struct http_reply reply;
	struct payment_answer answer;
};

static void
put_member(struct buf *b, const char *name, const char *text)
{
	if (text == NULL)
		return;
	buf_puts(b, b->len > 1 ? "," : "");
	buf_json(b, name);
	buf_puts(b, ":");
	buf_json(b, text);
}

/*
 * Records a response. If this fails, the call is retried with the same key, and
 * gets the same response.
 */
static void
record_answer(struct job_context *w, const struct db_step *claims, int row,
    struct slot *s)
{
	const struct payment_answer *answer = &s->answer;
	const char *id = db_text(claims, row, CLAIM_PAYMENT_CALLS_ID),
		   *attempt = db_text(claims, row, CLAIM_PAYMENT_CALLS_ATTEMPT);
	struct db_step step;
	struct buf b;

	buf_init(&b, w->arena);
	buf_puts(&b, "{");
	put_member(&b, "outcome", answer->outcome);
	put_member(&b, "object", answer->object);
	put_member(&b, "refund", answer->refund);
	put_member(&b, "reason", answer->reason);
	put_member(&b, "after", answer->after);
	if (answer->refunds != NULL) {
		buf_puts(&b, b.len > 1 ? "," : "");
		buf_printf(&b, "\"refunds\":%s", json_text(answer->refunds));
	}
	buf_puts(&b, "}");
	step = ops_end_payment_call(w->arena,
	    .org = db_text(claims, row, CLAIM_PAYMENT_CALLS_ORG), .id = id,
	    .attempt = attempt, .answer = b.data);
	log_info("payment call=%s attempt=%s kind=%s status=%ld ms=%ld "
		 "outcome=%s",
	    id, attempt, db_text(claims, row, CLAIM_PAYMENT_CALLS_KIND),
	    s->reply.status, s->reply.ms,
	    answer->outcome != NULL ? answer->outcome : "again");
	if (!periodic_tasks_query(w, &step))
		log_error("payment call=%s recorded=no", id);
}

static void
write_request(struct job_context *w, struct slot *s)
{
	const char *url = w->config->payment_url;
	bool elsewhere = *url != '\0';

	s->request = (struct http_request){
		.who = "payment",
		.protocols = elsewhere ? "http,https" : "https",
		.reach = elsewhere ? HTTP_ANY : HTTP_PUBLIC,
		.connect_ms = CONNECT_MS,
		.ms = CALL_MS,
		.most = ANSWER_MAX,
	};
	s->provider->write(w->arena, &s->call,
	    elsewhere ? url : s->provider->url, &s->request);
}

/*
 * Begins a call. Returns false and sets the reason if the call is currently
 * impossible.
 */
static bool
begin_call(struct job_context *w, const struct db_step *claims, int row,
    struct slot *s)
{
	const char *key =
	    db_text(claims, row, CLAIM_PAYMENT_CALLS_ENCRYPTED_KEY);
	const char *parameters =
	    db_text(claims, row, CLAIM_PAYMENT_CALLS_PARAMETERS);
	struct json_error at = { 0 };

	s->provider = payment_provider_named(
	    db_text(claims, row, CLAIM_PAYMENT_CALLS_PROVIDER));
	s->call = (struct payment_call){
		.kind = db_text(claims, row, CLAIM_PAYMENT_CALLS_KIND),
		.idempotency_key =
		    db_text(claims, row, CLAIM_PAYMENT_CALLS_IDEMPOTENCY_KEY),
		.parameters =
		    json_parse(w->arena, parameters, strlen(parameters), &at),
	};
	if (key != NULL)
		s->call.key = secretbox_open(w->arena, w->config->secrets, key);
	if (s->provider == NULL || s->call.parameters == NULL)
		s->answer.reason = "this version does not know the call";
	else if (s->call.key == NULL)
		s->answer.reason = "there is no API key, or another server "
				   "has encrypted it";
	if (s->answer.reason != NULL) {
		s->provider = NULL;
		return false;
	}
	write_request(w, s);
	return true;
}

/*
 * Waits for responses. They are recorded as they arrive, so that a slow
 * response does not block others.
 */
static void
await_calls(struct job_context *w, struct http_multi *multi,
    const struct db_step *claims, struct slot *slots, int waiting)
{
	struct http_reply *reply;
	int i;

	while (waiting > 0) {
		http_multi_wait(multi, -1, ROUND_MS);
		while ((reply = http_multi_next_done(multi)) != NULL) {
			for (i = 0; &slots[i].reply != reply; i++)
				continue;
			slots[i].provider->read(
			    w->arena, &slots[i].call, reply, &slots[i].answer);
			record_answer(w, claims, i, &slots[i]);
			waiting--;
		}
	}
}

static bool
call_providers(struct job_context *w)
{
	struct db_step claims = ops_claim_payment_calls(
	    w->arena, .most = arena_printf(w->arena, "%d", CALLS));
	struct slot slots[CALLS] = { { .provider = NULL } };
	struct http_multi *multi;
	int i, n, waiting = 0;

	if (!periodic_tasks_query(w, &claims) || (n = db_rows(&claims)) == 0)
		return false;
	multi = http_multi_new();
	for (i = 0; i < n; i++)
		if (begin_call(w, &claims, i, &slots[i])) {
			http_multi_add(multi, w->arena, &slots[i].request,
			    &slots[i].reply);
			waiting++;
		} else
			record_answer(w, &claims, i, &slots[i]);
	await_calls(w, multi, &claims, slots, waiting);
	http_multi_free(multi);
	return true;
}

void
payments_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop loop = { NULL, call_providers, ROUND_MS };

	poll_loop_run(&loop, config, stopping, waiting);
}
