#ifndef MIGRATE_BATCH_H
#define MIGRATE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

struct journey_file;
struct migration;
struct pg_column;

/* The state of a step that reads rows. */
struct batch {
	const struct journey_file *step;
	struct pg_column *columns;
	int ncolumns;
	bool *sealed;      /* one flag per column */
	bool *secret;      /* secret or sealed */
	bool *compared;    /* part of checksums: neither sealed nor carried */
	const char *names; /* quoted column names, separated by commas */
	const char *key;   /* the first of these columns */
	const char *sum;   /* checksum of the rows of "batch" or of "c" */
	const char *last;  /* the key of the last row, or NULL at the start */
	const char *only;  /* a condition on the rows "r", or NULL */
	const char *first; /* SQL to run before the rows are written, or NULL */
	int64_t taken;     /* rows that the last batch read */
};

#define LOCK_RETRIES 20 /* retries of a batch that could not get a lock */

enum batch_result {
	BATCH_DONE,   /* the batch is committed */
	BATCH_LOCKED, /* rolled back because of a lock: retry the batch */
	BATCH_FAILED, /* rolled back; the error was reported on stderr */
};

/*
 * Describes the step's rows and creates the temporary tables. "last" is where
 * an earlier run stopped, or NULL.
 */
bool batch_open(struct migration *, const struct journey_file *step,
    const char *last, struct batch *);

/*
 * Reads up to "limit" rows after the last one, writes them, and records them
 * with the new position, all in one transaction.
 */
enum batch_result batch_take(
    struct migration *, struct batch *, long limit, long lock_timeout_ms);

/*
 * Waits before a batch is retried, so that other sessions do not wait long
 * behind it.
 */
void batch_wait(struct migration *);

/* Reports why a batch or step was retried so often, and returns false. */
bool batch_locked(const struct journey_file *step);

/* Drops the temporary tables. */
bool batch_close(struct migration *);

/*
 * Updates the planner statistics of tables with many changes, for queries on
 * whole steps. Autovacuum may run too late for these queries.
 */
bool batch_analyze(struct migration *);

/*
 * Sets the settings that a step's SQL reads: the migration's id and the step's
 * number.
 */
bool batch_name_step(struct migration *, const struct journey_file *step);

#endif
