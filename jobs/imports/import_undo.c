/* Undoes an import, batch by batch. */

#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/imports/import_job.h"
#include "jobs/imports/import_undo.h"
#include "lib/base/arena.h"
#include "schema/crm/import.h"

/*
 * Undoes the batch that ends at the position behind, and sets behind to the
 * start of that batch.
 */
static bool
undo_batch(struct import_job *job, char *behind, size_t size)
{
	struct db_step steps[] = {
		import_job_begin(job),
		crm_undo_batch(job->batch, .import = job->import,
		    .behind = *behind != '\0' ? behind : NULL,
		    .most = arena_printf(job->batch, "%ld", job->most)),
		{ .sql = SQL("SELECT coalesce(undone_to::text, '') "
			     "FROM crm.imports WHERE id = $1::bigint"),
		    .params = &job->import,
		    .nparams = 1 },
		import_job_advance(job),
	};

	if (!import_job_run(job, steps, 4) || !db_bool(&steps[1], 0, 0) ||
	    db_len(&steps[2], 0, 0) >= size)
		return false;
	memcpy(behind, db_text(&steps[2], 0, 0), db_len(&steps[2], 0, 0) + 1);
	return true;
}

void
import_undo(struct import_job *job, const volatile sig_atomic_t *stopping)
{
	const char *from = db_text(&job->row, 0, IMPORT_JOB_UNDONE_TO);
	char behind[24] = "";
	bool more = true;

	if (from != NULL && strlen(from) < sizeof behind)
		memcpy(behind, from, strlen(from) + 1);
	while (more && import_job_continues(job, stopping)) {
		arena_reset(job->batch);
		more = undo_batch(job, behind, sizeof behind);
	}
}
