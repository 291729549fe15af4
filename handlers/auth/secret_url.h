#ifndef SECRET_URL_H
#define SECRET_URL_H

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"

/*
 * Addresses with a token in them, for programs that can show no more; shared by
 * calendar_feeds.c and message_channels.c.
 */
struct secret_url {
	const char *kind;   /* "calendar" */
	const char *path;   /* "/calendar/", behind which the token comes */
	const char *suffix; /* ".ics" */
	/* The secret of a signature by whoever brings something, or NULL. */
	const char *(*secret)(struct request *, const char *token);
};

/* The one time that the address is told; the body's members are its settings. */
enum problem_code secret_url_create(
    struct request *, struct response *, const struct secret_url *) MUST_CHECK;

/* Those of the caller or the organization, as a list of that resource. */
enum problem_code secret_url_list(struct request *, struct response *,
    const char *kind, const char *resource) MUST_CHECK;

enum problem_code secret_url_delete(
    struct request *, struct response *, const char *kind) MUST_CHECK;

#endif
