#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>

struct arena;

/* An RFC 5322 mailbox: a display name and an address. */
struct mailbox {
	const char *name; /* "" if there is none */
	const char *address;
};

/*
 * Returns true for an address that needs no quoting in an SMTP command or in a
 * header: ASCII without quotes, spaces and control characters.
 */
bool address_valid(const char *);

/*
 * Returns true for a valid address whose domain has a dot. crm.is_address() in
 * SQL applies the same rule to people's addresses. Only ASCII is allowed, so
 * that an address cannot imitate another with look-alike letters.
 */
bool address_public(const char *);

/* Returns the domain of a valid address. It points into the argument. */
const char *address_domain(const char *);

/* Returns the tag of a subaddress (RFC 5233, user+tag@host), or NULL. */
const char *address_plus(struct arena *, const char *);

/*
 * Returns true if address equals own apart from case and the tag after a plus
 * sign.
 */
bool address_reaches(const char *own, const char *address);

/*
 * Parses "Name <address>" or a bare address. Returns false for any other text,
 * or if the address is invalid.
 */
bool mailbox_read(struct arena *, const char *text, struct mailbox *);

#endif
