#ifndef IMPORT_JOB_H
#define IMPORT_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/db/db.h"

struct arena;
struct job_context;

/* An import that is being worked on, for a while. */
struct import_job {
	struct job_context *w;
	struct arena *batch; /* reset for each */
	const char *ticket, *import;
	struct db_step told; /* the row, and where its file is */
	long most;           /* rows that go well in one transaction */
	int64_t until;       /* another one's turn comes */
};

/* Columns of what was told. */
enum import_told {
	TOLD_STATE,
	TOLD_FORMAT,
	TOLD_RESOURCE,
	TOLD_ENCODING,
	TOLD_DELIMITER,
	TOLD_HAS_HEADER,
	TOLD_BLANK,
	TOLD_MAPPING,
	TOLD_ROWS_READ,
	TOLD_FILE,
	TOLD_PLACE,
	TOLD_UNDONE_TO
};

/*
 * Asks for it, and for how far it is.  It was taken so many times since
 * anything came of it: that many times its batches are halved, which is what
 * helps where one took too long.
 */
bool import_job_open(struct import_job *, int tries);

/* True until it is another one's turn, or time to stop. */
bool import_job_goes_on(
    const struct import_job *, const volatile sig_atomic_t *stopping);

/* The steps that every batch has around its own, for the caller's array. */
struct db_step import_job_begin(const struct import_job *);
struct db_step import_job_advance(const struct import_job *);

/* One batch, all of its steps; learns from how long it took. */
bool import_job_run(struct import_job *, struct db_step *, size_t n);

/* Ends it for good. */
void import_job_fail(struct import_job *, const char *why);

#endif
