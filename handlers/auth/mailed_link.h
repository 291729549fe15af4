#ifndef MAILED_LINK_H
#define MAILED_LINK_H

/* What is mailed; shared by all handlers that make links to verify-email. */

struct request;

#define CHANGE_CONFIRMATION "change-email-confirmation"
#define CHANGE_VERIFICATION "change-email-verification"

/* What a link says: who has which address, and what it is to become. */
struct mailed_link {
	const char *user_id;
	const char *email;
	const char *update_to;    /* NULL: it is to be verified */
	const char *request_type; /* CHANGE_..., NULL without update_to */
	const char *callback; /* where it leads in the end; NULL or "": "/" */
};

/* Good for an hour. */
const char *mailed_link(struct request *, const struct mailed_link *);

#endif
