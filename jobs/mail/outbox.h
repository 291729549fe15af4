#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>

#include "jobs/mail/smtp.h"
#include "lib/base/problem.h"

struct arena;
struct config;
struct db;

/* Access to the mail queue of the database. */
struct outbox {
	struct db *db;
	const struct config *config;
	const char *domain; /* domain of Message-IDs */
};

/* One mail, claimed until its lease ends. */
struct claim {
	const char *id;
	const char *attempt;
	const char *template;
	const char *recipient;
	const char *language;
	const char *data;
	const char *message_id;
	const char *trace; /* traceparent of the request, or NULL */
};

struct claims {
	struct claim *all;
	int n;
};

/* Claims up to "most" mails that are due. Logs the expired mails. */
enum problem_code outbox_claim(
    struct outbox *, struct arena *, int most, struct claims *) MUST_CHECK;

/* For use without a server: logs the mails that wait for a server. */
enum problem_code outbox_hold(struct outbox *, struct arena *) MUST_CHECK;

/* Records that the delivery starts. Sets *may to false if the claim is lost. */
enum problem_code outbox_start(struct outbox *, struct arena *,
    const struct claim *, bool *may) MUST_CHECK;

/*
 * Records the result. If at_once is true, a deferred mail is due again
 * immediately.
 */
enum problem_code outbox_end(struct outbox *, struct arena *,
    const struct claim *, enum smtp_end, const char *reason,
    bool at_once) MUST_CHECK;

enum problem_code outbox_sweep(struct outbox *, struct arena *) MUST_CHECK;

#endif
