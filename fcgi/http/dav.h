#ifndef DAV_H
#define DAV_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"

struct buf;
struct request;

/* Bounds of a body from outside, besides its bytes. */
#define DAV_DEPTH 16
#define DAV_PROPS 100
#define DAV_HREFS 5000

#define DAV_NS    "DAV:"
#define DAV_CARDS "urn:ietf:params:xml:ns:carddav"

/* A name in its namespace, which may be "". */
struct dav_name {
	const char *ns;
	const char *name;
};

/* What a PROPFIND or REPORT asks for (RFC 4918, RFC 6352). */
struct dav_query {
	struct dav_name root; /* {"DAV:","propfind"}; no name without a body */
	bool all;             /* allprop, or nothing that says which */
	bool names;           /* propname */
	struct dav_name *props;
	size_t nprops;
	const char *version; /* of the cards; NULL: none is named */
	bool filtered;       /* by more than what every card has */
	const char **hrefs;
	size_t nhrefs;
};

/*
 * Reads the request's body.  A document type, and with it every entity of its
 * own, is refused, as is what exceeds a bound.
 */
enum problem_code dav_read(struct request *, struct dav_query *) MUST_CHECK;

bool dav_is(const struct dav_name *, const char *ns, const char *name);

/* Text as the content of an element; what XML has no place for becomes "?". */
void dav_text(struct buf *, const char *);

#endif
