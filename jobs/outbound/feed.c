/* A process that publishes changes, and a task that deletes old changes. */

#include "jobs/base/periodic_tasks.h"
#include "jobs/outbound/feed.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/feed/feed_publisher.h"
#include "schema/ops/change_feed.h"

void
feed_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	feed_publisher_run(config, stopping, waiting);
}

static enum task_status
purge_changes(struct job_context *w)
{
	struct db_step step = ops_purge_changes(w->arena, .most = "10000",
	    .days = arena_printf(w->arena, "%ld", w->config->feed_days));

	return periodic_tasks_purge(w, "changes", &step, 10000);
}

const struct periodic_task changes_task = { "changes", 3600, purge_changes };
