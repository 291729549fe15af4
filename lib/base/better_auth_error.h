#ifndef BETTER_AUTH_ERROR_H
#define BETTER_AUTH_ERROR_H

#include <stdbool.h>

struct arena;
struct problem;

/*
 * Codes of Better Auth 1.7, and our own where it has none.  SQL functions
 * raise them, optionally with a subject: "FIELD_NOT_ALLOWED: role".  A
 * suffix after a slash distinguishes the entries of one code and is not sent.
 */
struct better_auth_error {
	const char *code;
	int status;
	const char *message; /* NULL: the status of the description, or none */
	enum {
		SEND_CODE_AND_MESSAGE,
		OMIT_CODE,       /* a code of ours: send the message alone */
		PREPEND_SUBJECT, /* the message is "SUBJECT message" */
		SUBJECT_ALONE,   /* the message is the subject, without code */
		ALIAS, /* message is another code; the status is ours */
		SUBJECT_AND_CODE, /* the message is the subject */
	} format;
};

/* The entry of a code as raised; false if the code is unknown. */
bool better_auth_error(const char *code, struct better_auth_error *);

/*
 * The message to send for an error that a SQL function raised, and in *code
 * the code to send; either is NULL if it is not sent.
 */
const char *better_auth_error_text(
    struct arena *, const char *raised, const char **code);

/*
 * Converts a problem with a Better Auth code into an RFC 9457 problem with
 * the message of that code, for responses outside /api/auth.
 */
void better_auth_error_translate(struct arena *, struct problem *);

#endif
