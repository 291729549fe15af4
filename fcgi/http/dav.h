#ifndef DAV_H
#define DAV_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"

struct buf;
struct request;

/* Limits on a body, in addition to its size. */
#define DAV_DEPTH 16
#define DAV_PROPS 100
#define DAV_HREFS 5000

#define DAV_NS    "DAV:"
#define DAV_CARDS "urn:ietf:params:xml:ns:carddav"

/* A qualified name. The namespace may be "". */
struct dav_name {
	const char *ns;
	const char *name;
};

/* The body of a PROPFIND or REPORT (RFC 4918, RFC 6352). */
struct dav_query {
	struct dav_name root; /* {"DAV:","propfind"}; NULL without a body */
	bool all;             /* allprop, or no list of properties */
	bool names;           /* propname */
	struct dav_name *props;
	size_t nprops;
	const char *version; /* vCard version; NULL: not specified */
	bool filtered;       /* the filter can exclude cards */
	const char **hrefs;
	size_t nhrefs;
};

/*
 * Parses the body. Refuses bodies that exceed a limit. Also refuses document
 * type declarations, so that a body cannot define entities.
 */
enum problem_code dav_read(struct request *, struct dav_query *) MUST_CHECK;

/* Returns true if the qualified name has this namespace and name. */
bool dav_is(const struct dav_name *, const char *ns, const char *name);

/* Escapes text for XML. Characters that XML does not allow become "?". */
void dav_text(struct buf *, const char *);

#endif
