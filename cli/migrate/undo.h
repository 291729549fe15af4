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
 * Undoes all steps, the last step first. Rows written after the migration are
 * first listed in two files beside the plan: statements for the source, and the
 * data that the source cannot store. The migration keeps the state "rolling
 * back".
 */
enum status undo_all(struct migration *);

/*
 * Copies the rows that the step overwrites to a table in the migration_backup
 * schema, in the caller's transaction.
 */
bool undo_back_up(struct migration *, const struct journey_file *step);

/* Drops this migration's tables in the migration_backup schema. */
bool undo_forget(struct migration *);

/*
 * Lists the rows written after the migration in files beside the plan. Rows
 * that the source can store are listed as statements for it. *n is the number
 * of rows.
 */
bool undo_list(struct migration *, int *n);

#endif
