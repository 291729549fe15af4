/* Imports the rows in a file, batch by batch. */

#include <stdlib.h>
#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/imports/import_file.h"
#include "jobs/imports/import_job.h"
#include "jobs/imports/import_rows.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/spool.h"
#include "lib/format/import_reader.h"
#include "schema/crm/import.h"

#define BATCH_LEN 2097152

struct reading {
	struct import_job *job;
	struct import_plan plan;
	struct import_reader *rows;
	struct import_row row; /* the first row of the next batch */
	enum import_read_status end;
	long read;
	struct db_step *steps; /* steps of a batch: first files, then rows */
	size_t nsteps;
};

/* Gathers rows of one resource for one transaction, within the size limit. */
static long
gather_batch(struct reading *r, struct buf *rows, const char **resource)
{
	struct import_job *job = r->job;
	size_t files = 0;
	long n = 0;

	*resource =
	    r->row.resource != NULL ? r->row.resource : r->plan.resource;
	buf_puts(rows, "[");
	while (n < job->most && r->read + n < job->w->config->import_rows &&
	    rows->len + files < BATCH_LEN && r->end == IMPORT_READ_ROW) {
		buf_puts(rows, n++ > 0 ? "," : "");
		import_reader_put(rows, &r->row);
		if (r->row.file.name != NULL)
			r->steps[r->nsteps++] = import_file_keep(
			    job->w, job->batch, &r->row.file, &files);
		r->end = import_reader_next(r->rows, &r->row);
		if (r->row.resource != NULL &&
		    strcmp(r->row.resource, *resource) != 0)
			break;
	}
	buf_puts(rows, "]");
	return n;
}

/* Imports a batch. Returns true if more rows remain. */
static bool
import_batch(struct reading *r)
{
	struct import_job *job = r->job;
	const char *resource;
	struct buf rows;
	size_t batch;
	long n;

	arena_reset(job->batch);
	buf_init(&rows, job->batch);
	r->steps =
	    arena_array(job->batch, (size_t)job->most + 3, sizeof *r->steps);
	r->steps[0] = import_job_begin(job);
	r->nsteps = 1;
	n = gather_batch(r, &rows, &resource);
	batch = r->nsteps++;
	r->steps[batch] = crm_import_batch(job->batch, .import = job->import,
	    .behind = arena_printf(job->batch, "%ld", r->read),
	    .resource = resource, .rows = rows.data,
	    .bytes = arena_printf(
		job->batch, "%lld", (long long)import_reader_at(r->rows)),
	    .ended = r->end == IMPORT_READ_END);
	r->steps[r->nsteps++] = import_job_advance(job);
	if (!import_job_run(job, r->steps, r->nsteps))
		return false;
	r->read += n;
	return db_bool(&r->steps[batch], 0, 0);
}

/* Skips the rows that earlier batches imported. */
static void
skip_imported(struct reading *r)
{
	long n = 0;

	do
		r->end = import_reader_next(r->rows, &r->row);
	while (r->end == IMPORT_READ_ROW && n++ < r->read);
}

/* Detects a truncated file before any of its rows are imported. */
static bool
is_complete(struct reading *r, const struct spool *file)
{
	struct arena *a = arena_new();
	struct import_reader *rows = import_reader_new(a, &r->plan, file);
	enum import_read_status end;

	do
		end = import_reader_next(rows, &r->row);
	while (end == IMPORT_READ_ROW);
	arena_free(a);
	return end != IMPORT_READ_BROKEN;
}

static void
open_rows(struct reading *r)
{
	struct import_job *job = r->job;
	struct spool *file = arena_alloc(job->w->arena, sizeof *file);

	r->read = strtol(db_text(&job->row, 0, IMPORT_JOB_ROWS_READ), NULL, 10);
	if (!import_file_open(job->w, &job->row, &r->plan, file))
		r->end = IMPORT_READ_UNREADABLE;
	else if (r->read == 0 && !is_complete(r, file))
		r->end = IMPORT_READ_BROKEN;
	else {
		r->rows = import_reader_new(job->w->arena, &r->plan, file);
		skip_imported(r);
	}
}

void
import_rows_run(struct import_job *job, const volatile sig_atomic_t *stopping)
{
	struct reading r = { .job = job };
	bool more = true;

	open_rows(&r);
	while (more && r.end != IMPORT_READ_UNREADABLE &&
	    import_job_continues(job, stopping)) {
		if (r.read >= job->w->config->import_rows &&
		    r.end == IMPORT_READ_ROW) {
			import_job_fail(
			    job, "the file has more rows than are allowed");
			return;
		}
		if (r.end == IMPORT_READ_BROKEN) {
			import_job_fail(
			    job, "the file is not JSON with lists of rows");
			return;
		}
		more = import_batch(&r);
	}
}
