#ifndef LINK_H
#define LINK_H

#include "request.h"
#include "response.h"

/*
 * Addresses with a token in them, for programs that can show no more; shared by
 * calendar_feeds.c and message_channels.c.
 */
struct link {
	const char *kind;   /* "calendar" */
	const char *path;   /* "/calendar/", behind which the token comes */
	const char *suffix; /* ".ics" */
	/* The secret of a signature by whoever brings something, or NULL. */
	const char *(*secret)(struct request *, const char *token);
};

/* The one time that the address is told; the body's members are its settings. */
enum problem_code link_create(
    struct request *, struct response *, const struct link *) MUST_CHECK;

/* Those of the caller or the organization, as a list of that resource. */
enum problem_code link_list(struct request *, struct response *,
    const char *kind, const char *resource) MUST_CHECK;

enum problem_code link_delete(
    struct request *, struct response *, const char *kind) MUST_CHECK;

#endif
