#ifndef SECRET_URL_H
#define SECRET_URL_H

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"

/*
 * URLs that contain a token, for programs that cannot send credentials.
 * calendar_feeds.c and message_channels.c share these functions.
 */
struct secret_url {
	const char *kind;   /* "calendar" */
	const char *path;   /* "/calendar/", before the token */
	const char *suffix; /* ".ics" */
	/* Derives the secret with which senders sign, or returns NULL. */
	const char *(*secret)(struct request *, const char *token);
};

/*
 * Creates a URL from the settings in the body. Only this response contains the
 * URL.
 */
enum problem_code secret_url_create(
    struct request *, struct response *, const struct secret_url *) MUST_CHECK;

/* Lists the URLs of the caller or of the organization. */
enum problem_code secret_url_list(struct request *, struct response *,
    const char *kind, const char *resource) MUST_CHECK;

enum problem_code secret_url_delete(
    struct request *, struct response *, const char *kind) MUST_CHECK;

#endif
