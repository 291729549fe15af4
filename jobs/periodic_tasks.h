#ifndef PERIODIC_TASKS_H
#define PERIODIC_TASKS_H

#include <signal.h>
#include <stdbool.h>

struct arena;
struct config;
struct db;
struct db_step;

/* What a periodic task works with; the arena is reset after each run. */
struct job_context {
	const struct config *config;
	struct db *db;
	struct arena *arena;
};

enum task_status {
	TASK_DONE,   /* for now */
	TASK_MORE,   /* there is more, which may be done at once */
	TASK_FAILED, /* the log says why; tried again when it is due */
};

/*
 * Something to be done again and again, a bounded piece at a time.  It is
 * killed without warning some day: what it does must be right then, too.
 */
struct periodic_task {
	const char *name;
	long seconds; /* from one run to the next */
	enum task_status (*run)(struct job_context *);
};

/* Runs one statement; false, with the reason in the log, when it failed. */
bool periodic_tasks_query(struct job_context *, struct db_step *);

/*
 * The same of a statement that takes rows away, so many at once at most, and
 * answers with their number.
 */
enum task_status periodic_tasks_purge(
    struct job_context *, const char *what, struct db_step *, long most);

/*
 * Runs all periodic tasks in turn, each when it is due, and all but the daily ones
 * when the database calls on the channel tenantry_periodic_tasks.  A duty; see job_supervisor.h.
 */
void periodic_tasks_run(const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
