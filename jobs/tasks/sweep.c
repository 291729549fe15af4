/*
 * Periodic tasks that delete expired rows and the rows of deleted
 * organizations.
 */

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/db/db.h"
#include "schema/ops/expiry.h"
#include "schema/ops/organization.h"

#define ORGANIZATION_ROWS 1000

/*
 * Deletes expired sessions, one-time secrets, stored responses and similar
 * rows.
 */
static enum task_status
sweep_expired(struct job_context *w)
{
	struct db_step step = ops_sweep(w->arena);

	return periodic_tasks_query(w, &step) ? TASK_DONE : TASK_FAILED;
}

static enum task_status
purge_organizations(struct job_context *w)
{
	struct db_step step = ops_purge_organizations(w->arena,
	    .grace = arena_printf(
		w->arena, "%ld days", w->config->organization_grace),
	    .batch = "1000");

	return periodic_tasks_purge(
	    w, "organizations", &step, ORGANIZATION_ROWS);
}

const struct periodic_task sweep_task = { "sweep", 3600, sweep_expired };
const struct periodic_task organizations_task = { "organizations", 3600,
	purge_organizations };
