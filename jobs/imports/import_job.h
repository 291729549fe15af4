#ifndef IMPORT_JOB_H
#define IMPORT_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/db/db.h"

struct arena;
struct job_context;

/* An import during its time slice. */
struct import_job {
	struct job_context *w;
	struct arena *batch; /* reset for each batch */
	const char *ticket, *import;
	struct db_step row; /* the columns of enum import_job_column */
	long most;          /* rows per transaction */
	int64_t until;      /* end of the time slice */
};

/* The columns of the import and of its file. */
enum import_job_column {
	IMPORT_JOB_STATE,
	IMPORT_JOB_FORMAT,
	IMPORT_JOB_RESOURCE,
	IMPORT_JOB_ENCODING,
	IMPORT_JOB_DELIMITER,
	IMPORT_JOB_HAS_HEADER,
	IMPORT_JOB_BLANK,
	IMPORT_JOB_MAPPING,
	IMPORT_JOB_ROWS_READ,
	IMPORT_JOB_FILE,
	IMPORT_JOB_PLACE,
	IMPORT_JOB_UNDONE_TO,
	IMPORT_JOB_SKIP
};

/*
 * Reads the import. tries is the number of attempts since the import last made
 * progress. Each attempt halves the batch, because the previous batch may have
 * taken too long.
 */
bool import_job_open(struct import_job *, int tries);

/* Returns true until the time slice ends or the process must stop. */
bool import_job_continues(
    const struct import_job *, const volatile sig_atomic_t *stopping);

/* These functions return the first and the last step of every batch. */
struct db_step import_job_begin(const struct import_job *);
struct db_step import_job_advance(const struct import_job *);

/* Runs a batch's steps and adapts the size of the next batch. */
bool import_job_run(struct import_job *, struct db_step *, size_t n);

/* Marks the import as failed. */
void import_job_fail(struct import_job *, const char *why);

#endif
