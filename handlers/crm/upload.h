#ifndef UPLOAD_H
#define UPLOAD_H

#include "fcgi/http/param.h"
#include "lib/base/problem.h"
#include "lib/base/spool.h"

struct db_step;
struct file_type;
struct request;
struct response;

/* A parameter of routes that call upload_read(), for query_param. */
#define FILENAME_PARAM                                                         \
	{                                                                      \
		"filename", PARAM_TEXT, "the name of the file", NULL           \
	}

/* A file that came as a body, or in one; shared by files.c and imports.c. */
struct upload {
	struct spool content;
	const struct file_type *type;
	const char *title;
	const char *name;
};

/*
 * Finds it and looks at it, once the caller is known to be let in.  The
 * request's body becomes what a repetition under the same key must be like.
 */
enum problem_code upload_read(struct request *, struct upload *) MUST_CHECK;

/*
 * Keeps it: a row, the bytes, and in the transaction that says they are there
 * the step that answers.
 */
enum problem_code upload_keep(struct request *, struct response *,
    const struct upload *, struct db_step *answer) MUST_CHECK;

/* Takes back one that nobody was told of. */
void upload_drop(struct request *, const struct upload *);

#endif
