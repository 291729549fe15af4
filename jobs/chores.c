/* The chores: what is done later, one after another. */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "arena.h"
#include "chores.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "log.h"

#define ROUND_MS 5000 /* between two looks when nothing is heard */
#define DAY      (24L * 60 * 60)

extern const struct chore automation_runs_chore, automation_waits_chore;
extern const struct chore changes_chore;
extern const struct chore duplicates_chore;
extern const struct chore deliveries_chore;
extern const struct chore files_move_chore, files_remove_chore,
    files_sweep_chore;
extern const struct chore bulk_changes_chore;
extern const struct chore import_files_chore;
extern const struct chore merges_chore;
extern const struct chore metrics_chore;
extern const struct chore reminders_chore;
extern const struct chore seal_chore, seal_tell_chore;
extern const struct chore trash_chore;

/* Each noun in a file of its own. */
static const struct chore *const chores[] = {
	&automation_runs_chore,
	&automation_waits_chore,
	&changes_chore,
	&duplicates_chore,
	&deliveries_chore,
	&files_move_chore,
	&files_remove_chore,
	&files_sweep_chore,
	&bulk_changes_chore,
	&import_files_chore,
	&merges_chore,
	&metrics_chore,
	&reminders_chore,
	&seal_chore,
	&seal_tell_chore,
	&trash_chore,
	NULL,
};

bool
chores_ask(struct workshop *w, struct db_step *step)
{
	struct problem why = { 0 };

	if (db_run(w->db, w->arena, step, 1, &why) == PROBLEM_NONE)
		return true;
	log_error("chores error=\"%s\"",
	    why.detail != NULL ? why.detail : problem_title(why.code));
	return false;
}

enum chore_end
chores_purge(
    struct workshop *w, const char *what, struct db_step *step, long most)
{
	long n;

	if (!chores_ask(w, step))
		return CHORE_FAILED;
	n = strtol(db_text(step, 0, 0), NULL, 10);
	if (n > 0)
		log_info("purged %s rows=%ld", what, n);
	return n >= most ? CHORE_MORE : CHORE_DONE;
}

static void
listen_to(struct workshop *w)
{
	const struct sql listen = SQL("LISTEN tenantry_chores");
	struct problem why = { 0 };

	if (db_listen(w->db, w->arena, listen, &why) != PROBLEM_NONE)
		log_error("chores error=\"%s\"", problem_title(why.code));
	arena_reset(w->arena);
}

/* When it is to be run again. */
static int64_t
run(struct workshop *w, const struct chore *c)
{
	enum chore_end end = c->run(w);

	arena_reset(w->arena);
	if (end == CHORE_FAILED)
		log_error("chore_failed chore=%s", c->name);
	return end == CHORE_MORE ? 0 : clock_ms() + c->seconds * 1000;
}

static void
wait_until(struct workshop *w, int64_t until, const sigset_t *waiting)
{
	struct pollfd fd = { .fd = db_socket(w->db), .events = POLLIN };
	int64_t ms = until - clock_ms();
	struct timespec t = { 0 };

	if (ms > 0)
		t = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	ppoll(&fd, 1, &t, waiting);
}

void
chores_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	struct workshop w = { .config = config };
	int64_t due[sizeof chores / sizeof chores[0]] = { 0 }, next;
	bool called;
	int i;

	w.db = db_new(w.config);
	w.arena = arena_new();
	while (!*stopping) {
		listen_to(&w);
		called = db_notified(w.db) || db_deaf(w.db);
		next = clock_ms() + ROUND_MS;
		for (i = 0; chores[i] != NULL && !*stopping; i++) {
			if ((called && chores[i]->seconds < DAY) ||
			    clock_ms() >= due[i])
				due[i] = run(&w, chores[i]);
			if (due[i] < next)
				next = due[i];
		}
		wait_until(&w, next, waiting);
	}
	arena_free(w.arena);
	db_free(w.db);
}
