#ifndef BETTER_AUTH_ERROR_H
#define BETTER_AUTH_ERROR_H

/*
 * Codes as Better Auth 1.7 names them, or of our own where it has none.  What
 * an error is about may follow its code: "FIELD_NOT_ALLOWED: role".  What
 * follows a slash is not sent: it tells the rows of one code apart.
 */
struct better_auth_error {
	const char *code;
	int status;
	const char *message;
	enum {
		PLAIN,
		CODELESS,  /* the code is ours and not sent */
		SUBJECT,   /* the message follows what it is about */
		SUBJECTED, /* the message is what follows the code */
		ALIAS,     /* the code in message, with another status */
		REWORDED,  /* the same, and the code is sent, too */
	} manner;
};

struct arena;
struct problem;

/* The row of a code, or NULL for an unknown one. */
const struct better_auth_error *better_auth_error(const char *code);

/*
 * The message of an error as a SQL function raised it, or NULL when none is
 * sent; *code is its code, or NULL when none is sent.
 */
const char *better_auth_error_text(
    struct arena *, const char *raised, const char **code);

/*
 * Turns a problem with a Better Auth code into one that is answered outside
 * /api/auth, with the message of that code.
 */
void better_auth_error_translate(struct arena *, struct problem *);

#endif
