#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "cli/base/command.h"

struct migration;

struct run_options {
	bool yes; /* do not ask for the name of the database */
	const char
	    *token; /* the go token; NULL: from the file beside the plan */
	const char *seed; /* seed of the comparison of rows */
};

/*
 * Runs the journey on a clone of the target, judges it, and rolls it back
 * there.  More than 1 % of the rows that cause a warning are a no-go.  Success
 * writes the go token beside the plan.
 */
enum status run_dry(struct migration *, const char *seed);

/* Runs the journey, or continues a run that stopped. */
enum status run_execute(struct migration *, const struct run_options *);

/* Judges the last run again. */
enum status run_verify(struct migration *, const char *seed);

/*
 * Retries the rejected rows of the last run, of one step or, with NULL, of all
 * steps.
 */
enum status run_retry(struct migration *, const char *step);

/* Prints what a rollback would remove, and lists the changes since the run. */
enum status run_preview_rollback(struct migration *);

/* Undoes the last run, within 48 hours after its end. */
enum status run_rollback(struct migration *, bool yes);

/* Removes the data that a rollback needs, 48 hours after the end of the run. */
enum status run_finish(struct migration *, bool yes);

#endif
