/* The mail queue's database statements. */

#include <stdlib.h>
#include <string.h>

#include "jobs/mail/outbox.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/mail.h"

#define LEASE_MORE 30  /* seconds, added to the SMTP server's timeout */
#define PAUSE_MAX  900 /* seconds between two attempts */
#define DOUBLINGS  10

#define LISTEN SQL("LISTEN tenantry_mail")

static const char *
seconds(struct arena *a, long n)
{
	return arena_printf(a, "%ld seconds", n);
}

static void
log_expired(const struct db_step *s)
{
	int i;

	for (i = 0; i < db_rows(s); i++)
		log_error("mail_%s mail=%s template=%s error=\"%s\"",
		    db_text(s, i, EXPIRE_MAIL_STATUS),
		    db_text(s, i, EXPIRE_MAIL_MAIL),
		    db_text(s, i, EXPIRE_MAIL_TEMPLATE),
		    db_text(s, i, EXPIRE_MAIL_ERROR));
}

static void
read_claims(struct arena *a, const struct db_step *s, struct claims *claims)
{
	int i;

	claims->n = db_rows(s);
	claims->all = arena_array(a, (size_t)claims->n, sizeof *claims->all);
	for (i = 0; i < claims->n; i++)
		claims->all[i] = (struct claim){
			.id = db_text(s, i, CLAIM_MAIL_MAIL),
			.attempt = db_text(s, i, CLAIM_MAIL_ATTEMPT),
			.template = db_text(s, i, CLAIM_MAIL_TEMPLATE),
			.recipient = db_text(s, i, CLAIM_MAIL_RECIPIENT),
			.language = db_text(s, i, CLAIM_MAIL_LANGUAGE),
			.data = db_text(s, i, CLAIM_MAIL_DATA),
			.message_id = db_text(s, i, CLAIM_MAIL_MESSAGE_ID),
			.trace = db_text(s, i, CLAIM_MAIL_TRACE),
		};
}

enum problem_code
outbox_claim(struct outbox *o, struct arena *a, int most, struct claims *claims)
{
	struct db_step steps[] = {
		ops_expire_mail(a),
		ops_claim_mail(a, .most = arena_printf(a, "%d", most),
		    .lease = seconds(a, o->config->mail_timeout + LEASE_MORE),
		    .domain = o->domain),
	};
	struct problem why = { 0 };
	enum problem_code err;

	claims->n = 0;
	if ((err = db_listen(o->db, a, LISTEN, &why)) != PROBLEM_NONE ||
	    (err = db_run(o->db, a, steps, 2, &why)) != PROBLEM_NONE)
		return err;
	log_expired(&steps[0]);
	read_claims(a, &steps[1], claims);
	return PROBLEM_NONE;
}

enum problem_code
outbox_hold(struct outbox *o, struct arena *a)
{
	struct db_step step = ops_hold_mail(a);
	struct problem why = { 0 };
	enum problem_code err;
	int i;

	if ((err = db_listen(o->db, a, LISTEN, &why)) != PROBLEM_NONE ||
	    (err = db_run(o->db, a, &step, 1, &why)) != PROBLEM_NONE)
		return err;
	for (i = 0; i < db_rows(&step); i++)
		log_info("mail_kept mail=%s template=%s "
			 "error=\"SMTP_URL is not set\" "
			 "read=\"tenantry mail show %s\"",
		    db_text(&step, i, HOLD_MAIL_MAIL),
		    db_text(&step, i, HOLD_MAIL_TEMPLATE),
		    db_text(&step, i, HOLD_MAIL_MAIL));
	return PROBLEM_NONE;
}

enum problem_code
outbox_start(
    struct outbox *o, struct arena *a, const struct claim *c, bool *may)
{
	struct db_step step =
	    ops_start_mail(a, .mail = c->id, .attempt = c->attempt,
		.lease = seconds(a, o->config->mail_timeout + LEASE_MORE));
	struct problem why = { 0 };
	enum problem_code err;

	*may = false;
	if ((err = db_run(o->db, a, &step, 1, &why)) == PROBLEM_NONE)
		*may = db_bool(&step, 0, 0);
	return err;
}

/*
 * Returns the pause, which doubles each time. Half of it is random, so that
 * emails that failed together are not retried together.
 */
static long
pause_after(const struct outbox *o, const char *attempt)
{
	long n = strtol(attempt, NULL, 10) - 1, pause;

	pause = o->config->mail_retry << (n < DOUBLINGS ? n : DOUBLINGS);
	if (pause > PAUSE_MAX && o->config->mail_retry < PAUSE_MAX)
		pause = PAUSE_MAX;
	return pause - random() % (pause / 2 + 1);
}

static void
log_end(const struct claim *c, const char *status, const char *reason)
{
	if (status == NULL)
		log_error(
		    "mail_lost_claim mail=%s template=%s", c->id, c->template);
	else if (strcmp(status, "sent") == 0)
		log_info("mail_sent mail=%s template=%s attempt=%s", c->id,
		    c->template, c->attempt);
	else
		log_error("mail_%s mail=%s template=%s attempt=%s error=\"%s\"",
		    strcmp(status, "waiting") == 0 ? "deferred" : status, c->id,
		    c->template, c->attempt, reason);
}

enum problem_code
outbox_end(struct outbox *o, struct arena *a, const struct claim *c,
    enum smtp_end end, const char *reason, bool at_once)
{
	static const char *const names[] = {
		[SMTP_SENT] = "sent",
		[SMTP_DEFERRED] = "deferred",
		[SMTP_FAILED] = "failed",
		[SMTP_UNCERTAIN] = "uncertain",
	};
	struct db_step step = ops_end_mail(a, .mail = c->id,
	    .attempt = c->attempt, .outcome = names[end],
	    .reason = end == SMTP_SENT ? NULL : reason,
	    .pause = seconds(a, at_once ? 0 : pause_after(o, c->attempt)));
	struct problem why = { 0 };
	enum problem_code err;

	if ((err = db_run(o->db, a, &step, 1, &why)) == PROBLEM_NONE)
		log_end(c, db_text(&step, 0, 0), reason);
	return err;
}

enum problem_code
outbox_sweep(struct outbox *o, struct arena *a)
{
	struct db_step step = ops_sweep_mail(a);
	struct problem why = { 0 };

	return db_run(o->db, a, &step, 1, &why);
}
