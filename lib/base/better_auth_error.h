#ifndef BETTER_AUTH_ERROR_H
#define BETTER_AUTH_ERROR_H

#include <stdbool.h>

struct arena;
struct problem;

/*
 * A Better Auth 1.7 error code, or a Tenantry code where Better Auth defines
 * none. SQL functions raise these codes, optionally with a subject:
 * "FIELD_NOT_ALLOWED: role". A suffix after a slash distinguishes the entries
 * for one code and is not sent.
 */
struct better_auth_error {
	const char *code;
	int status;
	/* NULL: the refusal's text, if there is a refusal. */
	const char *message;
	enum {
		SEND_CODE_AND_MESSAGE,
		/* A Tenantry code: send only the message. */
		OMIT_CODE,
		PREPEND_SUBJECT, /* the message is "SUBJECT message" */
		SUBJECT_ALONE, /* the message is the subject, without a code */
		/*
		 * The message is a different code. The status comes from this
		 * entry.
		 */
		ALIAS,
		SUBJECT_AND_CODE, /* the message is the subject */
	} format;
};

/* Finds the entry of a raised code. Returns false if the code is unknown. */
bool better_auth_error(const char *code, struct better_auth_error *);

/*
 * Returns the message to send for an error that a SQL function raised, and sets
 * *code to the code to send. The message or the code is NULL if it is not sent.
 */
const char *better_auth_error_text(
    struct arena *, const char *raised, const char **code);

/*
 * Converts a problem with a Better Auth code into an RFC 9457 problem with
 * the message of that code, for responses outside /api/auth.
 */
void better_auth_error_translate(struct arena *, struct problem *);

#endif
