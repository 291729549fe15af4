#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>

struct arena;
struct definitions;
struct pg;
struct pg_rows;
struct step;
struct steps;

/* One row of ops.schema_migration: a step that ran here. */
struct entry {
	int version;
	const char *name;
	const char *sum;
	const char *at;  /* "2026-01-31 12:00:00Z" */
	bool compatible; /* the release before that step can use the schema */
};

/* The last row of ops.schema_file for a file of schema/. */
struct file_entry {
	const char *name;
	const char *sum;
	const char *at;
};

/* All rows: steps from the oldest, files by name. */
struct ledger {
	struct entry *all;
	int n;
	struct file_entry *files;
	int nfiles;
	/* Steps of the runs before the last one; after the first run, all but
	   the newest step. */
	int before;
};

/*
 * Waits until no other tenantry changes this database, and reports that it
 * waits.  The lock is released when the connection closes.
 */
bool ledger_lock(struct arena *, struct pg *);

/* Creates missing tables, in the caller's transaction. */
bool ledger_create(struct pg *);

/* Drops the tables, and the schema ops if it is empty. */
bool ledger_drop(struct pg *);

/* Reads the ledger; it is empty if the tables are missing. */
bool ledger_read(struct pg *, struct arena *, struct ledger *);

/* Records that a step ran, or that it was undone. */
bool ledger_add_step(struct pg *, struct arena *, const struct step *);
bool ledger_remove_step(struct pg *, struct arena *, int version);

/*
 * Records that a file of schema/ ran, with the newest version at that time and
 * the statements that drop the objects it created. An empty text records that
 * the file was deleted.
 */
bool ledger_add_file(struct pg *, struct arena *, int version, const char *name,
    const char *sum, const char *text, const char *undo);

/*
 * Returns the statements that drop the objects that files created with steps
 * after that version or, with last_run, in the last run. NULL on failure.
 */
const char *ledger_undo_files(
    struct pg *, struct arena *, int version, bool last_run);

/*
 * Deletes the rows of these files. Returns the name and the previous text of
 * each file, in this order. The text is empty if the file did not exist.
 * Returns NULL on an error.
 */
const struct pg_rows *ledger_forget_files(
    struct pg *, struct arena *, int version, bool last_run);

/*
 * Returns the file as it last ran, or NULL if it never ran or was deleted
 * later.
 */
const struct file_entry *ledger_file(const struct ledger *, const char *name);

/*
 * Returns the reason why the steps that ran here do not match the folder, as
 * one sentence that names the file. Returns NULL if they match.
 */
const char *ledger_drift(
    struct arena *, const struct ledger *, const struct steps *);

/*
 * Returns the newest step in the database, if it is of a later release than the
 * folder, and the release of the folder can use the schema after all later
 * steps. NULL otherwise.
 */
const char *ledger_later(
    struct arena *, const struct ledger *, const struct steps *);

/*
 * Returns the number of files of schema/ that were added, changed or deleted
 * after they ran here.
 */
int ledger_stale(const struct ledger *, const struct definitions *);

/* Returns the state of a step: applied, pending, CHANGED or MISSING. */
const char *ledger_word(
    const struct ledger *, const struct steps *, int version);

#endif
