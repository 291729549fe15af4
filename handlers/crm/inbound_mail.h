#ifndef INBOUND_MAIL_H
#define INBOUND_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/problem.h"

struct json_object;
struct request;

/* An inbound mail. */
struct inbound_mail {
	const char *sender;
	const char *organization; /* NAME of inbound+NAME@..., or NULL */
	const char *mailbox;      /* mailbox of an integration, or NULL */
	const char *id;
	/* Only for a mail to a mailbox, as the next members. */
	const char *subject;
	const char *date;
	const char *text;
	struct buf people; /* JSON */
	size_t npeople;
	bool forwarded; /* concerns the first person who is not a user */
};

/*
 * Reads a mail in Postmark's JSON format. Refuses a mail that must not be
 * stored with 403 and the reason.
 */
enum problem_code inbound_mail_read(struct request *, struct json_object *body,
    struct inbound_mail *) MUST_CHECK;

/*
 * Writes a mail to a mailbox as JSON, with its files as the list from
 * attachments_put().
 */
const char *inbound_mail_json(
    struct request *, const struct inbound_mail *, const char *files);

#endif
