/* Measures how far the standby at DATABASE_READ_URL lags behind the primary. */

#include <poll.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/standby.h"
#include "fcgi/server/standby_watcher.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/db.h"

#define TICK_MS  200
#define RETRY_MS 1000 /* pause after a server did not respond */

struct watch {
	struct standby *standby;
	struct db *primary, *reads;
	struct arena *arena;
	int64_t lag_ms;

	/* A position on the primary that the standby has not reached yet. */
	char position[32]; /* "": none */
	int64_t at;        /* clock_wall_ms() before position was read */

	int64_t shows;    /* the standby has all commits before this time */
	int64_t answered; /* time of the primary's last response */
	const char *said; /* the last logged message */
};

/* Logs each change only once. */
static void
say(struct watch *w, const char *used, const char *why)
{
	if (w->said == why)
		return;
	log_info("standby used=%s because=\"%s\"", used, why);
	w->said = why;
}

/*
 * Reads the primary's position. Returns false if the primary does not respond.
 */
static bool
ask_primary(struct watch *w)
{
	struct db_step step = {
		.sql = SQL("SELECT pg_catalog.pg_current_wal_insert_lsn()"),
	};
	struct problem why = { 0 };
	int64_t now = clock_wall_ms();

	if (db_run(w->primary, w->arena, &step, 1, &why) != PROBLEM_NONE)
		return false;
	w->answered = clock_wall_ms();
	if (*w->position != '\0')
		return true; /* the standby has not reached the last position */
	memcpy(w->position, db_text(&step, 0, 0),
	    strnlen(db_text(&step, 0, 0), sizeof w->position - 1) + 1);
	w->at = now;
	return true;
}

/*
 * Asks the standby whether it has reached the position. Returns false if the
 * position is invalid.
 */
static bool
ask_standby(struct watch *w, bool *reached)
{
	const char *params[] = { *w->position != '\0' ? w->position : NULL };
	struct db_step step = {
		.sql = SQL("SELECT pg_catalog.pg_is_in_recovery(), COALESCE("
			   "pg_catalog.pg_last_wal_replay_lsn() >= "
			   "$1::pg_catalog.pg_lsn, false)"),
		.params = params,
		.nparams = 1,
	};
	struct problem why = { 0 };

	if (db_run(w->reads, w->arena, &step, 1, &why) != PROBLEM_NONE) {
		say(w, "no", "it does not answer");
		return false;
	}
	if (!db_bool(&step, 0, 0)) {
		say(w, "no", "it is no standby");
		return false;
	}
	*reached = db_bool(&step, 0, 1);
	return true;
}

/*
 * Uses the standby without the primary if the standby had replayed all commits
 * until shortly before the primary was lost.
 */
static void
go_alone(struct watch *w)
{
	if (w->shows == 0 || w->shows < w->answered - w->lag_ms) {
		say(w, "no", "the primary does not answer, and it was behind");
		return;
	}
	standby_is_alone(w->standby);
	say(w, "yes", "the primary does not answer");
}

/* Queries both servers. Returns false if one of them did not respond. */
static bool
compare(struct watch *w)
{
	bool reached = false, up = ask_primary(w);

	if (!ask_standby(w, &reached)) {
		standby_leave(w->standby);
		return false;
	}
	if (!up) {
		go_alone(w);
		return false;
	}
	if (reached) {
		w->shows = w->at;
		*w->position = '\0';
	}
	if (w->shows != 0)
		standby_shows(w->standby, w->shows);
	if (clock_wall_ms() - w->shows < w->lag_ms)
		say(w, "yes", "it has caught up");
	else
		say(w, "no", "it is behind");
	return true;
}

void
standby_watcher_run(struct standby *standby, const struct config *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	struct watch w = {
		.standby = standby,
		.primary = db_new(config),
		.reads = db_new_standby(config),
		.arena = arena_new(),
		.lag_ms = config->read_lag * 1000,
	};
	struct timespec tick;
	long ms;

	while (!*stopping) {
		ms = compare(&w) ? TICK_MS : RETRY_MS;
		tick = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
		arena_reset(w.arena);
		ppoll(NULL, 0, &tick, waiting);
	}
	standby_leave(standby);
	db_free(w.primary);
	db_free(w.reads);
	arena_free(w.arena);
}
