#ifndef ATTACHMENT_H
#define ATTACHMENT_H

#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/db.h"

struct json_object;
struct request;

#define ATTACHMENTS_MAX 100 /* maximum number of attachments per email */

/* The stored files of an email, and the steps that insert their rows. */
struct attachments {
	struct db_step steps[2 * ATTACHMENTS_MAX];
	size_t nsteps;
	const char *names[ATTACHMENTS_MAX];
	size_t n;
	const char *shown; /* JSON for a note's column attachments */
};

/*
 * Stores the files of an email in Postmark's JSON, {"Attachments": [{"Name",
 * "ContentType", "Content"}]} with Content in base64. Skips files that lack a
 * member or have invalid base64. If the steps are not committed, the caller
 * must call attachments_drop().
 */
enum problem_code attachments_put(struct request *,
    const struct json_object *mail, struct attachments *) MUST_CHECK;
void attachments_drop(struct request *, const struct attachments *);

#endif
