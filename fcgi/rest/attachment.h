#ifndef ATTACHMENT_H
#define ATTACHMENT_H

#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/db.h"

struct json_object;
struct request;

#define ATTACHMENTS_MAX 100 /* of one mail */

/* The files of a mail: their bytes are in the store, their rows in steps. */
struct attachments {
	struct db_step steps[2 * ATTACHMENTS_MAX];
	size_t nsteps;
	const char *names[ATTACHMENTS_MAX];
	size_t n;
	const char *shown; /* what a note shows of them, as JSON */
};

/*
 * Puts the files into the store, as the JSON of a mail has them:
 * {"Attachments": [{"Name", "ContentType", "Content"}]}, the last in base64.
 * Those that lack one of these, or whose base64 is not exact, are passed
 * over.  Unless a transaction then runs the steps, they are to be dropped.
 */
enum problem_code attachments_put(struct request *,
    const struct json_object *mail, struct attachments *) MUST_CHECK;
void attachments_drop(struct request *, const struct attachments *);

#endif
