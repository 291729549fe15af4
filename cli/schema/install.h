#ifndef INSTALL_H
#define INSTALL_H

#include <stdbool.h>

#include "cli/schema/catalogue.h"
#include "cli/schema/definition.h"
#include "cli/schema/ledger.h"
#include "cli/schema/step.h"
#include "lib/base/buf.h"

struct arena;
struct pg;

/* The SQL files, the database, and the command's options. */
struct schema {
	struct arena *arena;
	struct pg *pg;
	struct steps steps;
	struct definitions defs;
	struct ledger ledger;
	/*
	 * The DROP statements for all objects, as an array. NULL before the
	 * first definition and after a step.
	 */
	const char *drops;
	struct buf report; /* one line for each action */
	bool dry;          /* report only */
	int target;        /* target version; -1: not given */
	const char *meant; /* --yes-i-mean, or NULL: confirms a reset */
};

/*
 * These functions run in the caller's transaction. On an error, they report it
 * on stderr and return false.
 */

/*
 * Runs the pending steps up to the target. If the target is the newest step,
 * every changed definition also runs. If dry is set, the steps and definitions
 * are only reported.
 */
bool install_up(struct schema *, int target);

/*
 * Undoes whole runs. Does this in the following order: drops the objects that
 * definitions created, runs the down part of each step, and runs the previous
 * definitions again.
 */
bool install_undo(struct schema *, const struct whole_runs *);
bool install_step_down(struct schema *, const struct step *);
bool install_restore(struct schema *, const struct whole_runs *);

/* Completes the resource descriptions with facts about the tables. */
bool install_compile(struct schema *);

/*
 * Compares the database with a second installation next to the live one, in a
 * separate transaction, which is rolled back. In this transaction, the live
 * schemas are renamed. No other session sees this. The comparison needs no
 * privilege to create a database and works behind a pooler. Calls the function
 * with each difference. The database is the first list. Returns the number of
 * differences, or -1 on an error.
 */
int install_drift(struct schema *, catalogue_difference *, void *data);

/*
 * Describes the side of a difference, as the end of a text such as "function
 * f() ...".
 */
const char *install_difference(int side);

/* Reports the difference on stderr. */
void install_name_difference(void *, const char *name, int side);

#endif
