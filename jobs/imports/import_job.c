/* An import's transactions: begin, advance and fail. */

#include "jobs/imports/import_job.h"
#include "schema/crm/import.h"
#include "schema/identity/import.h"
#include "schema/ops/import.h"

#include "jobs/base/periodic_tasks.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

/* Milliseconds until the next import has its turn. */
#define SLICE_MS 10000
#define FIRST    500 /* rows in the first transaction */
#define MOST     5000
#define QUICK_MS 700  /* milliseconds; a faster transaction doubles the batch */
#define SLOW_MS  2000 /* milliseconds; a slower transaction halves it */

struct db_step
import_job_begin(const struct import_job *job)
{
	return identity_begin_import(job->batch, .ticket = job->ticket);
}

/* Resets the number of attempts, in the same transaction as the batch. */
struct db_step
import_job_advance(const struct import_job *job)
{
	return ops_advance_import(job->batch, .ticket = job->ticket);
}

static bool
run_steps(
    struct import_job *job, struct arena *a, struct db_step *steps, size_t n)
{
	struct problem why = { 0 };
	enum problem_code err = db_run(job->w->db, a, steps, n, &why);

	if (err == PROBLEM_NONE)
		return true;
	log_error("import id=%s most=%ld error=\"%s\"", job->import, job->most,
	    why.detail != NULL ? why.detail : problem_title(err));
	return false;
}

bool
import_job_open(struct import_job *job, int tries)
{
	struct db_step steps[] = {
		import_job_begin(job),
		{ .sql = SQL("SELECT i.state, i.format, i.resource, "
			     "i.encoding, i.delimiter, i.has_header, i.blank, "
			     "i.mapping, i.rows_read, s.name, s.place, "
			     "i.undone_to, i.skip FROM crm.imports i "
			     "LEFT JOIN ops.import_source(i.id) s ON true "
			     "WHERE i.id = $1::bigint"),
		    .params = &job->import,
		    .nparams = 1 },
	};

	job->most = tries < 9 ? FIRST >> tries : 1;
	job->until = clock_ms() + SLICE_MS;
	if (!run_steps(job, job->w->arena, steps, 2) || db_rows(&steps[1]) != 1)
		return false;
	job->row = steps[1];
	return true;
}

bool
import_job_continues(
    const struct import_job *job, const volatile sig_atomic_t *stopping)
{
	return !*stopping && clock_ms() < job->until;
}

bool
import_job_run(struct import_job *job, struct db_step *steps, size_t n)
{
	int64_t began = clock_ms(), ms;

	if (!run_steps(job, job->batch, steps, n))
		return false;
	ms = clock_ms() - began;
	if (ms < QUICK_MS)
		job->most = job->most * 2 < MOST ? job->most * 2 : MOST;
	else if (ms > SLOW_MS && job->most > 1)
		job->most /= 2;
	return true;
}

void
import_job_fail(struct import_job *job, const char *why)
{
	struct db_step steps[] = {
		import_job_begin(job),
		crm_fail_import(
		    job->batch, .import = job->import, .error = why),
	};

	log_error("import id=%s failed=\"%s\"", job->import, why);
	if (!run_steps(job, job->w->arena, steps, 2))
		log_error(
		    "import id=%s error=\"cannot be ended\"", job->import);
}
