#ifndef INBOUND_MAIL_H
#define INBOUND_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/problem.h"

struct json_object;
struct request;

/* A mail, as far as it concerns us; shared by the ways in which one comes. */
struct inbound_mail {
	const char *sender;
	const char *organization; /* the name it was sent to, or NULL */
	const char *id;
	const char *text;
	struct buf people; /* JSON */
	size_t npeople;
	bool forwarded; /* of these people the first that is not one of us */
};

/*
 * Reads what Postmark's JSON says of a mail.  403 with the reason for what is
 * never to be kept.
 */
enum problem_code inbound_mail_read(struct request *, struct json_object *body,
    struct inbound_mail *) MUST_CHECK;

#endif
