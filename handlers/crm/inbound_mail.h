#ifndef INBOUND_MAIL_H
#define INBOUND_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/problem.h"

struct json_object;
struct request;

/* An inbound email. */
struct inbound_mail {
	const char *sender;
	const char *organization; /* NAME of inbound+NAME@..., or NULL */
	const char *mailbox;      /* an integration's mailbox, or NULL */
	const char *id;
	/*
	 * This and the next two fields are set only for an email to a mailbox.
	 */
	const char *subject;
	const char *date;
	const char *text;
	struct buf people; /* JSON */
	size_t npeople;
	bool forwarded; /* concerns the first person who is not a user */
};

/*
 * Reads an email in Postmark's JSON format. Refuses an email that must not be
 * stored, with 403 and the reason.
 */
enum problem_code inbound_mail_read(struct request *, struct json_object *body,
    struct inbound_mail *) MUST_CHECK;

/*
 * Returns an email to a mailbox as JSON, with its files as the list from
 * attachments_put().
 */
const char *inbound_mail_json(
    struct request *, const struct inbound_mail *, const char *files);

#endif
