/* The process that indexes changed documents for full-text search. */

#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/search/search_index.h"
#include "lib/db/db.h"
#include "schema/crm/search.h"

/*
 * Polling is cheap, because the index on the remaining rows is small. A
 * notification would make every write lock the whole database at commit.
 */
#define ROUND_MS 500

/* Indexes a batch. Returns true if there may be more. */
static bool
index_batch(struct job_context *w)
{
	struct db_step step = crm_index_documents(w->arena, .batch = "400");

	return periodic_tasks_query(w, &step) && db_bool(&step, 0, 0);
}

void
search_index_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop loop = { .work = index_batch,
		.pause_ms = ROUND_MS };

	poll_loop_run(&loop, config, stopping, waiting);
}
