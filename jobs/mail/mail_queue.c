/* Takes emails from the outbox and passes each to a child process. */

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/base/job_supervisor.h"
#include "jobs/mail/mail_message.h"
#include "jobs/mail/mail_queue.h"
#include "jobs/mail/outbox.h"
#include "jobs/mail/smtp_child.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/trace.h"
#include "lib/db/db.h"
#include "lib/mail/mail_template.h"

/* Milliseconds between two claims without a notification. */
#define ROUND_MS   5000
#define AGAIN_MS   1000  /* pause before recording a result is retried */
#define MORE_MS    5000  /* time for a child to notice its own timeout */
#define GRACE_MS   10000 /* time for started deliveries while stopping */
#define RECORD_MS  (60 * 60 * 1000) /* time for recording a result */
#define GOODBYE_MS 2000             /* time for a child to send QUIT */
#define SWEEP_MS   (60 * 60 * 1000)
#define SLOTS      64

/* A claimed email. */
struct slot {
	struct arena *arena;
	struct claim claim;
	struct smtp_child child;
	bool taken;
	bool started;
	int64_t deadline; /* time when the child is killed */
	bool ended;       /* the child has reported an outcome and a reason */
	enum smtp_end end;
	const char *reason;
	bool at_once;
	/* Retry until then, because the database may be unavailable. */
	int64_t record_until;
	bool recorded;
	struct trace *trace; /* trace of the delivery, or NULL */
};

struct dispatcher {
	const struct mail_queue *queue;
	struct outbox outbox;
	struct arena *arena; /* reset after each round */
	struct slot slots[SLOTS];
	int nslots;
	bool more; /* the last round filled all slots */
	int64_t next_round;
	int64_t next_record;
	int64_t next_sweep;
};

static void
slot_free(struct dispatcher *d, struct slot *s)
{
	struct arena *a = s->arena;

	smtp_child_end(&s->child);
	arena_reset(a);
	*s = (struct slot){ .arena = a };
	if (d->more)
		d->next_round = 0;
}

static void
end_trace(const struct slot *s)
{
	const struct trace_value values[] = {
		{ "tenantry.mail", s->claim.id, 0 },
		{ "tenantry.mail.template", s->claim.template, 0 },
		{ "tenantry.mail.attempt", s->claim.attempt, 0 },
	};

	if (s->trace != NULL)
		trace_end(s->trace, TRACE_CONSUMER, "send mail",
		    s->end != SMTP_SENT, values,
		    sizeof values / sizeof values[0]);
}

/* Records the result. The slot remains occupied until this succeeds. */
static void
slot_record(struct dispatcher *d, struct slot *s)
{
	if (outbox_end(&d->outbox, s->arena, &s->claim, s->end, s->reason,
		s->at_once) == PROBLEM_NONE)
		s->recorded = true;
	else if (clock_ms() < s->record_until)
		d->next_record = clock_ms() + AGAIN_MS;
	else {
		log_error("mail_not_recorded mail=%s", s->claim.id);
		s->recorded = true;
	}
	if (!s->recorded)
		return;
	if (s->child.pid == 0)
		slot_free(d, s);
	else
		s->deadline = clock_ms() + GOODBYE_MS;
}

static void
slot_end(
    struct dispatcher *d, struct slot *s, enum smtp_end end, const char *reason)
{
	s->ended = true;
	s->end = end;
	s->reason = arena_strdup(s->arena, reason);
	end_trace(s);
	s->record_until = clock_ms() + RECORD_MS;
	slot_record(d, s);
}

/* Writing and sending emails */

static bool
write_message(struct dispatcher *d, struct slot *s, struct mail_message *m,
    const char **why)
{
	const struct mailbox *from = d->queue->from;
	struct mail_draft draft = { .folder = mail_template_folder(),
		.template = s->claim.template,
		.language = s->claim.language,
		.site = mail_template_site(
		    s->arena, from->name, d->queue->config->base_url),
		.recipient = s->claim.recipient };
	struct mail_message_header header = { .from = from,
		.to = s->claim.recipient,
		.language = s->claim.language,
		.id = s->claim.message_id,
		.sent_at = time(NULL) };
	struct json_error error;
	struct mail_message_text text;

	*why = "its recipient is not an address to which email can be sent";
	if (!address_valid(s->claim.recipient))
		return false;
	*why = "its content is erased";
	if (s->claim.data == NULL)
		return false;
	draft.data =
	    json_parse(s->arena, s->claim.data, strlen(s->claim.data), &error);
	*why = error.what;
	if (draft.data == NULL ||
	    !mail_template_render(s->arena, &draft, &text, why))
		return false;
	header.subject = text.subject;
	mail_message_write(s->arena, &header, text.text, text.html, m);
	return true;
}

static void
slot_send(struct dispatcher *d, struct slot *s)
{
	long seconds = d->queue->config->mail_timeout;
	struct mail_message message;
	const char *why;

	s->deadline = clock_ms() + seconds * 1000 + MORE_MS;
	if (!write_message(d, s, &message, &why))
		slot_end(d, s, SMTP_FAILED, why);
	else if (!smtp_child_send(
		     &s->child, d->queue->server, &message, seconds))
		slot_end(d, s, SMTP_DEFERRED, "cannot create a process");
}

static struct slot *
slot_fill(struct dispatcher *d, const struct claim *c)
{
	struct slot *s = d->slots;
	struct trace_parent parent;

	while (s->taken)
		s++;
	s->taken = true;
	if (trace_parse(c->trace, &parent))
		s->trace = trace_begin(s->arena, &parent);
	s->claim = (struct claim){
		.id = arena_strdup(s->arena, c->id),
		.attempt = arena_strdup(s->arena, c->attempt),
		.template = arena_strdup(s->arena, c->template),
		.recipient = arena_strdup(s->arena, c->recipient),
		.language = arena_strdup(s->arena, c->language),
		.data =
		    c->data == NULL ? NULL : arena_strdup(s->arena, c->data),
		.message_id = arena_strdup(s->arena, c->message_id),
	};
	return s;
}

static int
count_free(const struct dispatcher *d)
{
	int i, n = 0;

	for (i = 0; i < d->nslots; i++)
		n += !d->slots[i].taken;
	return n;
}

/* Claims emails for the free slots. */
static void
claim_mails(struct dispatcher *d)
{
	int64_t pause = d->queue->config->mail_retry * 1000;
	struct claims claims = { 0 };
	enum problem_code err;
	int i, most = count_free(d);

	d->next_round = clock_ms() + (pause < ROUND_MS ? pause : ROUND_MS);
	if (d->queue->server == NULL)
		err = outbox_hold(&d->outbox, d->arena);
	else
		err = outbox_claim(&d->outbox, d->arena, most, &claims);
	if (err != PROBLEM_NONE)
		log_error("outbox error=\"%s\"", problem_title(err));
	d->more = claims.n == most;
	for (i = 0; i < claims.n; i++)
		slot_send(d, slot_fill(d, &claims.all[i]));
	arena_reset(d->arena);
}

static void
sweep_outbox(struct dispatcher *d)
{
	d->next_sweep = clock_ms() + SWEEP_MS;
	if (outbox_sweep(&d->outbox, d->arena) != PROBLEM_NONE)
		log_error("mail_sweep failed");
	arena_reset(d->arena);
}

/* Events */

static void
slot_allow_start(struct dispatcher *d, struct slot *s)
{
	bool may;

	if (outbox_start(&d->outbox, s->arena, &s->claim, &may) != PROBLEM_NONE)
		may = false; /* the child will report that it sent nothing */
	s->started = may;
	smtp_child_answer(&s->child, may);
}

/* Handles a child that ended without a result or must be killed. */
static void
slot_lost(struct dispatcher *d, struct slot *s, const char *reason)
{
	smtp_child_end(&s->child);
	if (s->recorded)
		slot_free(d, s);
	else if (s->ended)
		slot_record(d, s);
	else
		slot_end(
		    d, s, s->started ? SMTP_UNCERTAIN : SMTP_DEFERRED, reason);
}

static void
slot_read_child(struct dispatcher *d, struct slot *s)
{
	struct smtp_child_event event = smtp_child_read(&s->child);

	switch (event.kind) {
	case SMTP_CHILD_SILENT:
		break;
	case SMTP_CHILD_ASKS:
		slot_allow_start(d, s);
		break;
	case SMTP_CHILD_ENDED:
		slot_end(d, s, event.end, event.reason);
		break;
	case SMTP_CHILD_GONE:
		slot_lost(d, s, "the sending process died");
		break;
	}
}

static void
check_deadlines(struct dispatcher *d)
{
	int64_t now = clock_ms();
	bool record = now >= d->next_record;
	int i;

	for (i = 0; i < d->nslots; i++) {
		struct slot *s = &d->slots[i];

		if (s->child.pid != 0 && now >= s->deadline)
			slot_lost(d, s, "the server took too long");
		else if (s->ended && !s->recorded && record)
			slot_record(d, s);
	}
}

/* Waiting */

static int64_t
next_event(const struct dispatcher *d, bool stopping)
{
	int64_t at = stopping ? INT64_MAX : d->next_round;
	int i;

	for (i = 0; i < d->nslots; i++) {
		const struct slot *s = &d->slots[i];

		if (s->child.pid != 0 && s->deadline < at)
			at = s->deadline;
		if (s->ended && !s->recorded && d->next_record < at)
			at = d->next_record;
	}
	return at;
}

/* Waits for a child, for a database notification, or until the given time. */
static void
wait_for_event(struct dispatcher *d, int64_t until, const sigset_t *waiting)
{
	struct pollfd fds[SLOTS + 1];
	int64_t ms = until - clock_ms();
	struct timespec t = { 0 };
	int i;

	if (ms > 0)
		t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	for (i = 0; i < d->nslots; i++)
		fds[i] = (struct pollfd){ .fd = d->slots[i].child.pid != 0
			    ? d->slots[i].child.fd
			    : -1,
			.events = POLLIN };
	fds[i] =
	    (struct pollfd){ .fd = db_socket(d->outbox.db), .events = POLLIN };
	if (ppoll(fds, (nfds_t)i + 1, &t, waiting) <= 0)
		return;
	for (i = 0; i < d->nslots; i++)
		if (fds[i].revents != 0)
			slot_read_child(d, &d->slots[i]);
}

/*
 * Releases the emails whose delivery has not started, and waits for the others.
 */
static void
stop_dispatcher(struct dispatcher *d, const sigset_t *waiting)
{
	int64_t end = clock_ms() + GRACE_MS, next;
	int i;

	for (i = 0; i < d->nslots; i++) {
		struct slot *s = &d->slots[i];

		if (s->taken && !s->started && !s->ended) {
			s->at_once = true;
			slot_lost(d, s, "tenantry-jobs is stopping");
		}
	}
	while (count_free(d) < d->nslots && clock_ms() < end) {
		next = next_event(d, true);
		wait_for_event(d, next < end ? next : end, waiting);
		check_deadlines(d);
	}
	for (i = 0; i < d->nslots; i++)
		if (d->slots[i].taken)
			slot_lost(d, &d->slots[i], "tenantry-jobs is stopping");
}

void
mail_queue_run(const void *arg, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct mail_queue *queue = arg;
	struct dispatcher d = { .queue = queue,
		.outbox = { .config = queue->config,
		    .domain = address_domain(queue->from->address) },
		.nslots = (int)queue->config->mail_senders };
	int i;

	d.outbox.db = db_new(queue->config);
	d.arena = arena_new();
	for (i = 0; i < d.nslots; i++)
		d.slots[i].arena = arena_new();
	while (!*stopping) {
		if (db_notified(d.outbox.db) || clock_ms() >= d.next_round)
			claim_mails(&d);
		if (clock_ms() >= d.next_sweep)
			sweep_outbox(&d);
		if (job_supervisor_once() && count_free(&d) == d.nslots &&
		    !d.more)
			break;
		wait_for_event(&d, next_event(&d, false), waiting);
		check_deadlines(&d);
	}
	stop_dispatcher(&d, waiting);
	for (i = 0; i < d.nslots; i++)
		arena_free(d.slots[i].arena);
	arena_free(d.arena);
	db_free(d.outbox.db);
}
