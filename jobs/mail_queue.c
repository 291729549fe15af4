/* Takes mails from the outbox and gives each to a child process. */

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs/mail_message.h"
#include "jobs/mail_queue.h"
#include "jobs/outbox.h"
#include "jobs/smtp_child.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/mail/mail_template.h"

#define ROUND_MS   5000  /* between two looks when nothing is heard */
#define AGAIN_MS   1000  /* until what could not be recorded is tried again */
#define MORE_MS    5000  /* for a courier to notice its own timeout */
#define GRACE_MS   10000 /* for what is under way when told to stop */
#define RECORD_MS  (60 * 60 * 1000) /* a database may be away that long */
#define GOODBYE_MS 2000 /* for a courier to leave the server politely */
#define SWEEP_MS   (60 * 60 * 1000)
#define SLOTS      64

/* A mail in our hands. */
struct slot {
	struct arena *arena;
	struct claim claim;
	struct smtp_child courier;
	bool taken;
	bool started;
	int64_t deadline; /* of the courier */
	bool ended;       /* with this: */
	enum smtp_end end;
	const char *reason;
	bool at_once;
	int64_t record_until; /* the database may be away */
	bool recorded;
};

struct office {
	const struct mail_queue *post;
	struct outbox outbox;
	struct arena *arena; /* of one round */
	struct slot slots[SLOTS];
	int nslots;
	bool more; /* the last round took all that it could */
	int64_t next_round;
	int64_t next_record;
	int64_t next_sweep;
};

static void
slot_free(struct office *o, struct slot *s)
{
	struct arena *a = s->arena;

	smtp_child_end(&s->courier);
	arena_reset(a);
	*s = (struct slot){ .arena = a };
	if (o->more)
		o->next_round = 0;
}

/* Until the database knows it the slot stays taken. */
static void
slot_record(struct office *o, struct slot *s)
{
	if (outbox_end(&o->outbox, s->arena, &s->claim, s->end, s->reason,
		s->at_once) == PROBLEM_NONE)
		s->recorded = true;
	else if (clock_ms() < s->record_until)
		o->next_record = clock_ms() + AGAIN_MS;
	else {
		log_error("mail_not_recorded mail=%s", s->claim.id);
		s->recorded = true;
	}
	if (!s->recorded)
		return;
	if (s->courier.pid == 0)
		slot_free(o, s);
	else
		s->deadline = clock_ms() + GOODBYE_MS;
}

static void
slot_end(
    struct office *o, struct slot *s, enum smtp_end end, const char *reason)
{
	s->ended = true;
	s->end = end;
	s->reason = arena_strdup(s->arena, reason);
	s->record_until = clock_ms() + RECORD_MS;
	slot_record(o, s);
}

/* Writing and sending */

static bool
write_message(
    struct office *o, struct slot *s, struct mail_message *m, const char **why)
{
	const struct mailbox *from = o->post->from;
	struct mail_draft draft = { .folder = mail_template_folder(),
		.template = s->claim.template,
		.language = s->claim.language,
		.site = mail_template_site(
		    s->arena, from->name, o->post->config->base_url) };
	struct mail_message_header header = { .from = from,
		.to = s->claim.recipient,
		.language = s->claim.language,
		.id = s->claim.message_id,
		.sent_at = time(NULL) };
	struct json_error error;
	struct mail_message_text letter;

	*why = "its recipient is no address that mail can be sent to";
	if (!address_valid(s->claim.recipient))
		return false;
	*why = "its content is erased";
	if (s->claim.data == NULL)
		return false;
	draft.data =
	    json_parse(s->arena, s->claim.data, strlen(s->claim.data), &error);
	*why = error.what;
	if (draft.data == NULL ||
	    !mail_template_render(s->arena, &draft, &letter, why))
		return false;
	header.subject = letter.subject;
	mail_message_write(s->arena, &header, letter.text, letter.html, m);
	return true;
}

static void
slot_send(struct office *o, struct slot *s)
{
	long seconds = o->post->config->mail_timeout;
	struct mail_message message;
	const char *why;

	s->deadline = clock_ms() + seconds * 1000 + MORE_MS;
	if (!write_message(o, s, &message, &why))
		slot_end(o, s, SMTP_FAILED, why);
	else if (!smtp_child_send(
		     &s->courier, o->post->server, &message, seconds))
		slot_end(o, s, SMTP_DEFERRED, "no process for it");
}

static struct slot *
slot_take(struct office *o, const struct claim *c)
{
	struct slot *s = o->slots;

	while (s->taken)
		s++;
	s->taken = true;
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
nfree(const struct office *o)
{
	int i, n = 0;

	for (i = 0; i < o->nslots; i++)
		n += !o->slots[i].taken;
	return n;
}

/* A look into the outbox. */
static void
take_round(struct office *o)
{
	int64_t pause = o->post->config->mail_retry * 1000;
	struct claims claims = { 0 };
	enum problem_code err;
	int i, most = nfree(o);

	o->next_round = clock_ms() + (pause < ROUND_MS ? pause : ROUND_MS);
	if (o->post->server == NULL)
		err = outbox_hold(&o->outbox, o->arena);
	else
		err = outbox_claim(&o->outbox, o->arena, most, &claims);
	if (err != PROBLEM_NONE)
		log_error("outbox error=\"%s\"", problem_title(err));
	o->more = claims.n == most;
	for (i = 0; i < claims.n; i++)
		slot_send(o, slot_take(o, &claims.all[i]));
	arena_reset(o->arena);
}

static void
sweep(struct office *o)
{
	o->next_sweep = clock_ms() + SWEEP_MS;
	if (outbox_sweep(&o->outbox, o->arena) != PROBLEM_NONE)
		log_error("mail_sweep failed");
	arena_reset(o->arena);
}

/* Hearing */

static void
let_start(struct office *o, struct slot *s)
{
	bool may;

	if (outbox_start(&o->outbox, s->arena, &s->claim, &may) != PROBLEM_NONE)
		may = false; /* the courier says that nothing was sent */
	s->started = may;
	smtp_child_answer(&s->courier, may);
}

/* It ended without a word, or was ended. */
static void
slot_lost(struct office *o, struct slot *s, const char *reason)
{
	smtp_child_end(&s->courier);
	if (s->recorded)
		slot_free(o, s);
	else if (s->ended)
		slot_record(o, s);
	else
		slot_end(
		    o, s, s->started ? SMTP_UNCERTAIN : SMTP_DEFERRED, reason);
}

static void
slot_hear(struct office *o, struct slot *s)
{
	struct smtp_child_says says = smtp_child_hear(&s->courier);

	switch (says.word) {
	case SMTP_CHILD_SILENT:
		break;
	case SMTP_CHILD_ASKS:
		let_start(o, s);
		break;
	case SMTP_CHILD_ENDED:
		slot_end(o, s, says.end, says.reason);
		break;
	case SMTP_CHILD_GONE:
		slot_lost(o, s, "the sending process died");
		break;
	}
}

static void
look_at_clock(struct office *o)
{
	int64_t now = clock_ms();
	bool record = now >= o->next_record;
	int i;

	for (i = 0; i < o->nslots; i++) {
		struct slot *s = &o->slots[i];

		if (s->courier.pid != 0 && now >= s->deadline)
			slot_lost(o, s, "the server took too long");
		else if (s->ended && !s->recorded && record)
			slot_record(o, s);
	}
}

/* Waiting */

static int64_t
next_event(const struct office *o, bool stopping)
{
	int64_t at = stopping ? INT64_MAX : o->next_round;
	int i;

	for (i = 0; i < o->nslots; i++) {
		const struct slot *s = &o->slots[i];

		if (s->courier.pid != 0 && s->deadline < at)
			at = s->deadline;
		if (s->ended && !s->recorded && o->next_record < at)
			at = o->next_record;
	}
	return at;
}

/* Until a courier speaks, the database calls, or it is time for something. */
static void
wait_for(struct office *o, int64_t until, const sigset_t *waiting)
{
	struct pollfd fds[SLOTS + 1];
	int64_t ms = until - clock_ms();
	struct timespec t = { 0 };
	int i;

	if (ms > 0)
		t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	for (i = 0; i < o->nslots; i++)
		fds[i] = (struct pollfd){ .fd = o->slots[i].courier.pid != 0
			    ? o->slots[i].courier.fd
			    : -1,
			.events = POLLIN };
	fds[i] =
	    (struct pollfd){ .fd = db_socket(o->outbox.db), .events = POLLIN };
	if (ppoll(fds, (nfds_t)i + 1, &t, waiting) <= 0)
		return;
	for (i = 0; i < o->nslots; i++)
		if (fds[i].revents != 0)
			slot_hear(o, &o->slots[i]);
}

/* What has not begun goes back; what may have arrived is waited for. */
static void
close_office(struct office *o, const sigset_t *waiting)
{
	int64_t end = clock_ms() + GRACE_MS, next;
	int i;

	for (i = 0; i < o->nslots; i++) {
		struct slot *s = &o->slots[i];

		if (s->taken && !s->started && !s->ended) {
			s->at_once = true;
			slot_lost(o, s, "tenantry-jobs was told to end");
		}
	}
	while (nfree(o) < o->nslots && clock_ms() < end) {
		next = next_event(o, true);
		wait_for(o, next < end ? next : end, waiting);
		look_at_clock(o);
	}
	for (i = 0; i < o->nslots; i++)
		if (o->slots[i].taken)
			slot_lost(
			    o, &o->slots[i], "tenantry-jobs was told to end");
}

void
mail_queue_run(const void *arg, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct mail_queue *post = arg;
	struct office o = { .post = post,
		.outbox = { .config = post->config,
		    .domain = address_domain(post->from->address) },
		.nslots = (int)post->config->mail_senders };
	int i;

	o.outbox.db = db_new(post->config);
	o.arena = arena_new();
	for (i = 0; i < o.nslots; i++)
		o.slots[i].arena = arena_new();
	while (!*stopping) {
		if (db_notified(o.outbox.db) || clock_ms() >= o.next_round)
			take_round(&o);
		if (clock_ms() >= o.next_sweep)
			sweep(&o);
		wait_for(&o, next_event(&o, false), waiting);
		look_at_clock(&o);
	}
	close_office(&o, waiting);
	for (i = 0; i < o.nslots; i++)
		arena_free(o.slots[i].arena);
	arena_free(o.arena);
	db_free(o.outbox.db);
}
