#ifndef WIRE_ERROR_H
#define WIRE_ERROR_H

/*
 * Codes as Better Auth 1.7 names them, or of our own where it has none.  What
 * an error is about may follow its code: "FIELD_NOT_ALLOWED: role".  What
 * follows a slash is not sent: it tells the rows of one code apart.
 */
struct wire_error {
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

/* NULL for a code that is not in the table, which is in wire.c. */
const struct wire_error *wire_error(const char *code);

#endif
