#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>

struct arena;
struct definitions;
struct pg;
struct pg_rows;
struct step;
struct steps;

/* A row in ops.schema_migration: a step that ran in this database. */
struct entry {
	int version;
	const char *name;
	const char *sum;
	const char *at;  /* "2026-01-31 12:00:00Z" */
	bool compatible; /* the release before this step can use the schema */
};

/* The last row in ops.schema_file for a file in schema/. */
struct file_entry {
	const char *name;
	const char *sum;
	const char *at;
};

/* All rows: the steps, oldest first, then the files, by name. */
struct ledger {
	struct entry *all;
	int n;
	struct file_entry *files;
	int nfiles;
	/*
	 * Steps of all runs before the last one. After the first run, all steps
	 * except the newest.
	 */
	int before;
};

/*
 * What "down" undoes as whole runs: all steps after a version, and all files
 * that ran since a time.
 */
struct whole_runs {
	int version;
	const char *since; /* NULL: no file ran */
};

/*
 * Waits until no other tenantry changes this database, and reports that it is
 * waiting. The lock is released when the connection closes.
 */
bool ledger_lock(struct arena *, struct pg *);

/* Creates missing tables, in the caller's transaction. */
bool ledger_create(struct pg *);

/* Drops the tables, and the ops schema if it is empty. */
bool ledger_drop(struct pg *);

/* Reads the ledger, which is empty if the tables are missing. */
bool ledger_read(struct pg *, struct arena *, struct ledger *);

/* Records that a step ran, or that it was undone. */
bool ledger_add_step(struct pg *, struct arena *, const struct step *);
bool ledger_remove_step(struct pg *, struct arena *, int version);

/*
 * Records that a file in schema/ ran, with the newest version at that time and
 * the statements that drop the objects that it created. An empty text records
 * that the file was deleted.
 */
bool ledger_add_file(struct pg *, struct arena *, int version, const char *name,
    const char *sum, const char *text, const char *undo);

/*
 * Finds the whole runs that are undone on the way down to a version. If a run
 * has steps on both sides of the version, they are the runs after it, and the
 * version found is its newest. If last_run is true, the files of the last run
 * are undone as well.
 */
bool ledger_whole_runs(struct pg *, struct arena *, int version, bool last_run,
    struct whole_runs *);

/*
 * Returns the statements that drop the objects that files created in these
 * runs, or NULL on an error.
 */
const char *ledger_undo_files(struct pg *, const struct whole_runs *);

/*
 * Deletes the rows of these files. Returns each file's name and previous text,
 * in the order in which the previous texts ran. The text is empty if the file
 * did not exist, or belongs to a run of which a part was undone. Returns NULL
 * on an error.
 */
const struct pg_rows *ledger_forget_files(
    struct pg *, const struct whole_runs *);

/*
 * Records that a part of the run of this step is undone. The objects of its
 * files stay, and its files run again in the next "up".
 */
bool ledger_leave_files(struct pg *, struct arena *, int version);

/*
 * Returns the file as it last ran, or NULL if it never ran or was deleted
 * later.
 */
const struct file_entry *ledger_file(const struct ledger *, const char *name);

/*
 * Returns the reason why the steps that ran in this database do not match the
 * folder, as one sentence that names the file. Returns NULL if they match.
 */
const char *ledger_drift(
    struct arena *, const struct ledger *, const struct steps *);

/*
 * Returns the newest step in the database if it belongs to a later release than
 * the folder, and the folder's release can use the schema after all later
 * steps. Otherwise, returns NULL.
 */
const char *ledger_later(
    struct arena *, const struct ledger *, const struct steps *);

/*
 * Returns the number of files in schema/ that were added, changed or deleted
 * after they ran in this database.
 */
int ledger_stale(const struct ledger *, const struct definitions *);

/* Returns the state of a step: applied, pending, CHANGED or MISSING. */
const char *ledger_word(
    const struct ledger *, const struct steps *, int version);

#endif
