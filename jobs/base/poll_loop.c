/* A loop that looks for work until it is stopped. */

#include <poll.h>
#include <time.h>

#include "jobs/base/job_supervisor.h"
#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/db/db.h"

#define PREPARE_MS 3600000

void
poll_loop_wait(int64_t ms, const sigset_t *waiting)
{
	struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	ppoll(NULL, 0, &t, waiting);
}

void
poll_loop_run(const struct poll_loop *loop, const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	struct job_context w = { .config = config };
	int64_t prepare_at = clock_ms();
	bool more;

	w.arena = arena_new();
	w.db = db_new(w.config);
	while (!*stopping) {
		if (loop->prepare != NULL && clock_ms() >= prepare_at &&
		    loop->prepare(&w))
			prepare_at = clock_ms() + PREPARE_MS;
		more = loop->work(&w);
		arena_reset(w.arena);
		if (!more && job_supervisor_once())
			break;
		poll_loop_wait(more ? 0 : loop->pause_ms, waiting);
	}
	db_free(w.db);
	arena_free(w.arena);
}
