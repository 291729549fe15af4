#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

#include "lib/base/problem.h"
#include "lib/db/db.h"

struct request;
struct response;
struct stream;

enum { REPORT_MAY, REPORT_PARTS, REPORT_FILES, REPORT_STEPS };

/* The stored data about a person as a tar archive in the request's arena. */
struct report {
	/*
	 * The steps read whether the person exists, the name and lines of each
	 * part, and the files.
	 */
	struct db_step steps[REPORT_STEPS];
	bool (*put_file)(
	    struct request *, struct stream *, const struct report *, int row);
	const char *key; /* key of the files if they are encrypted */
};

/*
 * Runs the steps for the person with the request's id. Returns
 * PROBLEM_NOT_FOUND if the person does not exist.
 */
enum problem_code report_read(struct request *, struct report *);

/* Responds, piece by piece, with a report that was read. */
enum problem_code report_answer(
    struct request *, struct response *, const struct report *);

#endif
