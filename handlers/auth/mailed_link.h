#ifndef MAILED_LINK_H
#define MAILED_LINK_H

/* Emailed links to verify-email, for all handlers that send such links. */

#include <stdbool.h>

struct request;
struct response;

#define CHANGE_CONFIRMATION "change-email-confirmation"
#define CHANGE_VERIFICATION "change-email-verification"

/* The content of a link: the address, and its replacement if there is one. */
struct mailed_link {
	const char *user_id;
	const char *email;
	const char *update_to;    /* NULL: the link verifies the address */
	const char *request_type; /* CHANGE_..., NULL without update_to */
	const char *callback;     /* callback URL; NULL or "": "/" */
};

/*
 * Returns the link to a page with a confirmation button. The link is valid for
 * an hour.
 */
const char *mailed_link(struct request *, const struct mailed_link *);

/*
 * Remembers for a day that this browser sent the correct password for an
 * unverified account, for which no session can be opened. If the link is
 * followed in this browser, the password need not be removed.
 */
void mailed_link_keep_user(
    struct response *, struct request *, const char *user_id);

/* Returns the user whom mailed_link_keep_user() has remembered, or NULL. */
const char *mailed_link_kept_user(struct request *);

/*
 * Responds with a page that explains why a link has no effect. why is NULL for
 * an expired or used link.
 */
void mailed_link_answer_stale(
    struct response *, struct request *, const char *why);

/*
 * Returns true if a browser follows the link and the callback is missing or
 * "/". The server must then respond with a page itself, because the page at /
 * does not show the error and may need JavaScript.
 */
bool mailed_link_unexplained(struct request *, const char *callback);

#endif
