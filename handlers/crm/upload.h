#ifndef UPLOAD_H
#define UPLOAD_H

#include "fcgi/http/param.h"
#include "lib/base/problem.h"
#include "lib/base/spool.h"

struct db_step;
struct file_type;
struct request;
struct response;

/* The query parameter of routes that call upload_read(). */
#define FILENAME_PARAM                                                         \
	{                                                                      \
		"filename", PARAM_TEXT, "the name of the file", NULL           \
	}

/* An uploaded file: the whole body, or one part of a form. */
struct upload {
	struct spool content;
	const struct file_type *type;
	const char *title;
	const char *name;
};

/*
 * Finds the file in the body and detects its type. Call this function after the
 * permission check. Sets the request's body to the fingerprint that a retry
 * with the same key must have.
 */
enum problem_code upload_read(struct request *, struct upload *) MUST_CHECK;

/*
 * Stores the row and the bytes. The transaction that confirms the bytes also
 * runs the step answer.
 */
enum problem_code upload_keep(struct request *, struct response *,
    const struct upload *, struct db_step *answer) MUST_CHECK;

/* Removes a file whose name was not sent to the client. */
void upload_drop(struct request *, const struct upload *);

#endif
