#ifndef MAILED_LINK_H
#define MAILED_LINK_H

/* Mailed links to verify-email, for all handlers that send them. */

struct request;

#define CHANGE_CONFIRMATION "change-email-confirmation"
#define CHANGE_VERIFICATION "change-email-verification"

/* The content of a link: the address, and the address that replaces it. */
struct mailed_link {
	const char *user_id;
	const char *email;
	const char *update_to;    /* NULL: the link verifies the address */
	const char *request_type; /* CHANGE_..., NULL without update_to */
	const char *callback;     /* callback URL; NULL or "": "/" */
};

/* Valid for an hour. */
const char *mailed_link(struct request *, const struct mailed_link *);

#endif
