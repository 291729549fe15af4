#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>

#include "jobs/mail/smtp.h"
#include "lib/base/problem.h"

struct arena;
struct config;
struct db;

/* Access to the mail queue in the database. */
struct outbox {
	struct db *db;
	const struct config *config;
	const char *domain; /* domain of Message-IDs */
};

/* An email that is claimed until its lease ends. */
struct claim {
	const char *id;
	const char *attempt;
	const char *template;
	const char *recipient;
	const char *language;
	const char *data;
	const char *message_id;
	const char *trace; /* the request's traceparent, or NULL */
};

struct claims {
	struct claim *all;
	int n;
};

/* Claims up to "most" emails that are due. Logs expired emails. */
enum problem_code outbox_claim(
    struct outbox *, struct arena *, int most, struct claims *) MUST_CHECK;

/* For use without a mail server: logs the emails that wait for one. */
enum problem_code outbox_hold(struct outbox *, struct arena *) MUST_CHECK;

/* Records that the delivery starts. Sets *may to false if the claim is lost. */
enum problem_code outbox_start(struct outbox *, struct arena *,
    const struct claim *, bool *may) MUST_CHECK;

/*
 * Records the result. If at_once is true, a deferred email is due again
 * immediately.
 */
enum problem_code outbox_end(struct outbox *, struct arena *,
    const struct claim *, enum smtp_end, const char *reason,
    bool at_once) MUST_CHECK;

enum problem_code outbox_sweep(struct outbox *, struct arena *) MUST_CHECK;

#endif
