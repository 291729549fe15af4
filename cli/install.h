#ifndef INSTALL_H
#define INSTALL_H

#include <stdbool.h>

#include "cli/definition.h"
#include "cli/ledger.h"
#include "cli/step.h"
#include "lib/base/buf.h"

struct arena;
struct pg;

/* The files of SQL, the database, and what is asked for. */
struct schema {
	struct arena *arena;
	struct pg *pg;
	struct steps steps;
	struct definitions defs;
	struct ledger ledger;
	struct buf report; /* a line for each thing that was done */
	bool dry;          /* report only */
	int target;        /* version to arrive at; -1: not said */
	const char *meant; /* the database to be emptied, as somebody said */
};

/*
 * What follows runs in the caller's transaction.  False, with a line on stderr,
 * when it failed.
 */

/*
 * Runs the steps that have not run, up to the target, and with the newest one
 * every definition that has changed.  Where dry it only reports them.
 */
bool install_up(struct schema *, int target);

/*
 * The way back from what ran with steps after that version, or with last_run in
 * the last run, is in this order: drop what definitions made and was not there
 * before, run the way back of each step, run definitions as they were before.
 */
bool install_undo(struct schema *, int version, bool last_run);
bool install_step_down(struct schema *, const struct step *);
bool install_restore(struct schema *, int version, bool last_run);

/*
 * Makes a second installation beside the live one, to be rolled back.  The live
 * schemas have another name meanwhile, which nobody else sees.  So it needs no
 * right to create a database, and it works behind a pooler.
 */
bool install_beside(struct schema *);

#endif
