#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "cli/base/command.h"

struct migration;

struct run_options {
	bool yes; /* do not ask for the database name */
	const char
	    *token; /* the go token; NULL: from the file beside the plan */
	const char *seed; /* the seed for comparing rows */
};

/*
 * Runs the journey on a clone of the target, judges the run, and rolls it back
 * on the clone. If more than 1 % of the rows cause a warning, the result is a
 * no-go. On success, writes the go token beside the plan.
 */
enum status run_dry(struct migration *, const char *seed);

/* Runs the journey, or continues a stopped run. */
enum status run_execute(struct migration *, const struct run_options *);

/* Judges the last run again. */
enum status run_verify(struct migration *, const char *seed);

/*
 * Retries the rejected rows of the last run, for one step or, if step is NULL,
 * for all steps.
 */
enum status run_retry(struct migration *, const char *step);

/* Prints what a rollback would remove, and lists the changes since the run. */
enum status run_preview_rollback(struct migration *);

/* Undoes the last run, within 48 hours after its end. */
enum status run_rollback(struct migration *, bool yes);

/* Removes the data that a rollback needs, 48 hours after the end of the run. */
enum status run_finish(struct migration *, bool yes);

#endif
