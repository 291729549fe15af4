#ifndef UNDO_H
#define UNDO_H

#include <stdbool.h>

#include "cli/base/command.h"

struct journey_file;
struct migration;

/*
 * Undoes a step in batches: runs its section "reverse", and restores the
 * overwritten rows. The step then has the state "undone", or the given state.
 * The undo resumes where an earlier call was interrupted.
 */
bool undo_step(
    struct migration *, const struct journey_file *step, const char *state);

/*
 * Undoes all steps, the last one first. Rows written after the migration are
 * listed first, in two files beside the plan: statements for the source, and
 * the data that the source cannot store. The migration keeps the state "rolling
 * back".
 */
enum status undo_all(struct migration *);

/*
 * Copies the rows that the step overwrites to a table of the schema
 * migration_backup, in the caller's transaction.
 */
bool undo_back_up(struct migration *, const struct journey_file *step);

/* Drops the tables of the schema migration_backup of this migration. */
bool undo_forget(struct migration *);

/*
 * Lists the rows written after the migration in files beside the plan, as
 * statements for the source if it can store them. *n is their number.
 */
bool undo_list(struct migration *, int *n);

#endif
