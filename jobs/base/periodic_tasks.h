#ifndef PERIODIC_TASKS_H
#define PERIODIC_TASKS_H

#include <signal.h>
#include <stdbool.h>

struct arena;
struct config;
struct db;
struct db_step;

/* The context of a periodic task; the arena is reset after each run. */
struct job_context {
	const struct config *config;
	struct db *db;
	struct arena *arena;
};

enum task_status {
	TASK_DONE,   /* nothing left for now */
	TASK_MORE,   /* more work is ready: run again immediately */
	TASK_SLOW,   /* more is ready, but requests need the processors more */
	TASK_FAILED, /* the log has the reason; run again when it is due */
};

/*
 * A task that runs repeatedly, a bounded piece at a time. It must be correct
 * when the process is killed at any point.
 */
struct periodic_task {
	const char *name;
	long seconds; /* from one run to the next */
	enum task_status (*run)(struct job_context *);
};

/* Runs one statement; false if it failed, with the reason in the log. */
bool periodic_tasks_query(struct job_context *, struct db_step *);

/* Runs a statement that deletes up to most rows and returns their number. */
enum task_status periodic_tasks_purge(
    struct job_context *, const char *what, struct db_step *, long most);

/*
 * Runs the periodic tasks, each when it is due, and all but the daily ones after
 * a notification on tenantry_periodic_tasks. A job process; see
 * job_supervisor.h.
 */
void periodic_tasks_run(const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
