#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>

struct arena;

/* A person or a service and where mail reaches it. */
struct mailbox {
	const char *name; /* "" when there is none */
	const char *address;
};

/*
 * True for an address that may stand in an SMTP command and in a header as
 * it is: ASCII, no quotes, no blanks, no control characters.
 */
bool address_valid(const char *);

/*
 * True for an address that a user may sign in with, by the rule of Better
 * Auth's schema: ASCII only, so that no other letter can look like one.
 */
bool address_signs_in(const char *);

/* What stands behind the @ of a valid address. */
const char *address_domain(const char *);

/* What stands behind a plus in the local part, or NULL. */
const char *address_plus(struct arena *, const char *);

/* Whether mail to an address comes to own, whatever its plus. */
bool address_reaches(const char *own, const char *address);

/* Reads "Name <address>" or an address alone. */
bool mailbox_read(struct arena *, const char *text, struct mailbox *);

#endif
