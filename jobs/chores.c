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

#define ROUND_MS 5000  /* between two looks when nothing is heard */
#define NOTE_MS  60000 /* between two notes that say the same */
#define DAY      (24L * 60 * 60)
#define NCHORES  (sizeof chores / sizeof chores[0])

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
};

/* One of them, by this process. */
struct turn {
	const struct chore *chore;
	int64_t due;   /* when it is to be run again */
	int64_t noted; /* when it was last noted how it ended; 0: never */
	bool failed;   /* and what was noted */
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

/* For operators: how it ended.  That this fails the log says, and no more. */
static void
note(struct workshop *w, struct turn *t, int64_t began, bool failed)
{
	int64_t now = clock_ms();
	const char *params[] = { t->chore->name,
		arena_printf(w->arena, "%lld", (long long)(now - began)),
		failed ? "t" : "f" };
	struct db_step step = {
		.sql = SQL("SELECT ops.note_chore($1, least($2::bigint, "
			   "2147483647)::integer, $3::boolean)"),
		.params = params,
		.nparams = 3,
	};

	if (failed == t->failed && t->noted != 0 && now < t->noted + NOTE_MS)
		return;
	if (chores_ask(w, &step)) {
		t->noted = now;
		t->failed = failed;
	}
}

static void
run(struct workshop *w, struct turn *t)
{
	int64_t began = clock_ms();
	enum chore_end end = t->chore->run(w);

	arena_reset(w->arena);
	if (end == CHORE_FAILED)
		log_error("chore_failed chore=%s", t->chore->name);
	note(w, t, began, end == CHORE_FAILED);
	arena_reset(w->arena);
	t->due = end == CHORE_MORE ? 0 : clock_ms() + t->chore->seconds * 1000;
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
	struct turn turns[NCHORES] = { { .due = 0 } };
	int64_t next;
	bool called;
	size_t i;

	for (i = 0; i < NCHORES; i++)
		turns[i].chore = chores[i];
	w.db = db_new(w.config);
	w.arena = arena_new();
	while (!*stopping) {
		listen_to(&w);
		called = db_notified(w.db) || db_deaf(w.db);
		next = clock_ms() + ROUND_MS;
		for (i = 0; i < NCHORES && !*stopping; i++) {
			if ((called && chores[i]->seconds < DAY) ||
			    clock_ms() >= turns[i].due)
				run(&w, &turns[i]);
			if (turns[i].due < next)
				next = turns[i].due;
		}
		wait_until(&w, next, waiting);
	}
	arena_free(w.arena);
	db_free(w.db);
}
