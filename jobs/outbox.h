#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>

#include "jobs/smtp.h"
#include "lib/base/problem.h"

struct arena;
struct config;
struct db;

/* The mails of the database, as a sender may see them. */
struct outbox {
	struct db *db;
	const struct config *config;
	const char *domain; /* of Message-IDs */
};

/* One mail that is ours until its lease ends. */
struct claim {
	const char *id;
	const char *attempt;
	const char *template;
	const char *recipient;
	const char *language;
	const char *data;
	const char *message_id;
};

struct claims {
	struct claim *all;
	int n;
};

/* Up to most mails that are due, in the arena; says what was given up. */
enum problem_code outbox_claim(
    struct outbox *, struct arena *, int most, struct claims *) MUST_CHECK;

/* Without a server: says what waits for one. */
enum problem_code outbox_hold(struct outbox *, struct arena *) MUST_CHECK;

/* Records that the server may have it from now on; false in *may: not ours. */
enum problem_code outbox_start(struct outbox *, struct arena *,
    const struct claim *, bool *may) MUST_CHECK;

/* Records what became of it; at_once: a deferred one need not wait. */
enum problem_code outbox_end(struct outbox *, struct arena *,
    const struct claim *, enum smtp_end, const char *reason,
    bool at_once) MUST_CHECK;

enum problem_code outbox_sweep(struct outbox *, struct arena *) MUST_CHECK;

#endif
