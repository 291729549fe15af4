#include <poll.h>
#include <time.h>

#include "arena.h"
#include "chores.h"
#include "clock.h"
#include "db.h"
#include "rounds.h"

#define TELL_MS 3600000

void
rounds_rest(int64_t ms, const sigset_t *waiting)
{
	struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	ppoll(NULL, 0, &t, waiting);
}

void
rounds_run(const struct rounds *r, const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	struct workshop w = { .config = config };
	int64_t tell_at = clock_ms();
	bool more;

	w.arena = arena_new();
	w.db = db_new(w.config);
	while (!*stopping) {
		if (clock_ms() >= tell_at && r->tell(&w))
			tell_at = clock_ms() + TELL_MS;
		more = r->work(&w);
		arena_reset(w.arena);
		rounds_rest(more ? 0 : r->pause_ms, waiting);
	}
	db_free(w.db);
	arena_free(w.arena);
}
