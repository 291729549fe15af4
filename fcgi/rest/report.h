#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

#include "lib/base/problem.h"
#include "lib/db/db.h"

struct request;
struct response;
struct stream;

enum { REPORT_MAY, REPORT_PARTS, REPORT_FILES, REPORT_STEPS };

/* The stored data about a person, as a tar archive in the request's arena. */
struct report {
	/*
	 * The steps read whether the person exists, the name and the lines of
	 * each part, and the files.
	 */
	struct db_step steps[REPORT_STEPS];
	bool (*put_file)(
	    struct request *, struct stream *, const struct report *, int row);
	const char *key; /* key of the files, if they are encrypted */
};

/*
 * Runs the steps, for the person with the id of the request.  A person who does
 * not exist is PROBLEM_NOT_FOUND.
 */
enum problem_code report_read(struct request *, struct report *);

/* Responds with a report that was read, piece by piece. */
enum problem_code report_answer(
    struct request *, struct response *, const struct report *);

#endif
