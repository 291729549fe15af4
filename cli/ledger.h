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
	const char *at; /* "2026-01-31 12:00:00Z" */
};

/* What ops.schema_file knows last of a file of schema/. */
struct file_entry {
	const char *name;
	const char *sum;
	const char *at;
};

/* All of them, steps oldest first, files by name. */
struct ledger {
	struct entry *all;
	int n;
	struct file_entry *files;
	int nfiles;
	bool last_run_had_steps;
};

/*
 * Waits until no other tenantry changes this database, and says that it
 * waits.  The lock ends with the connection.
 */
bool ledger_lock(struct arena *, struct pg *);

/* Makes the tables where they are missing; in the caller's transaction. */
bool ledger_create(struct pg *);

/* Drops the tables, and the schema ops when nothing else is in it. */
bool ledger_drop(struct pg *);

/* An empty ledger where the tables are missing. */
bool ledger_read(struct pg *, struct arena *, struct ledger *);

/* Writes down that a step ran, or that it was undone. */
bool ledger_add_step(struct pg *, struct arena *, const struct step *);
bool ledger_remove_step(struct pg *, struct arena *, int version);

/*
 * Writes down that a file of schema/ ran, when that version was the newest,
 * and the statements that drop what it made; an empty text: the file is gone.
 */
bool ledger_add_file(struct pg *, struct arena *, int version, const char *name,
    const char *sum, const char *text, const char *undo);

/*
 * The statements that drop what files made with steps after that version, or
 * with last_run: in the last run.  NULL when that failed.
 */
const char *ledger_undo_files(
    struct pg *, struct arena *, int version, bool last_run);

/*
 * Forgets that these files ran.  The answer has the name of each and its text
 * as it ran before, in that order; the text is empty where there was no such
 * file.  NULL when that failed.
 */
const struct pg_rows *ledger_forget_files(
    struct pg *, struct arena *, int version, bool last_run);

/* The file as it ran last; NULL when it did not, or was gone since. */
const struct file_entry *ledger_file(const struct ledger *, const char *name);

/*
 * Why what ran here is not the beginning of what the folder holds, in one
 * sentence that names the file; NULL when it is.
 */
const char *ledger_drift(
    struct arena *, const struct ledger *, const struct steps *);

/* How many files of schema/ are new, changed or gone since they ran here. */
int ledger_stale(const struct ledger *, const struct definitions *);

/* The word for a step in a table: applied, pending, CHANGED or MISSING. */
const char *ledger_word(
    const struct ledger *, const struct steps *, int version);

#endif
