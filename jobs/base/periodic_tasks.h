#ifndef PERIODIC_TASKS_H
#define PERIODIC_TASKS_H

#include <signal.h>
#include <stdbool.h>

struct arena;
struct config;
struct db;
struct db_step;

/* The context of a periodic task. The arena is reset after each run. */
struct job_context {
	const struct config *config;
	struct db *db;
	struct arena *arena;
};

enum task_status {
	TASK_DONE,   /* the task has no more work for now */
	TASK_MORE,   /* more work is ready: run again immediately */
	TASK_SLOW,   /* more is ready, but requests need the processors first */
	TASK_FAILED, /* the log has the reason; run again when due */
};

/*
 * A task that runs repeatedly, and does a bounded amount of work each time. It
 * must be correct even if the process is killed at any point.
 */
struct periodic_task {
	const char *name;
	long seconds; /* pause from the end of one run to the next run */
	enum task_status (*run)(struct job_context *);
};

/* Runs one statement. On an error, logs the reason and returns false. */
bool periodic_tasks_query(struct job_context *, struct db_step *);

/* Runs a statement that deletes up to "most" rows and returns their number. */
enum task_status periodic_tasks_purge(
    struct job_context *, const char *what, struct db_step *, long most);

/*
 * Runs each periodic task when it is due. Runs all tasks except the daily tasks
 * after a notification on tenantry_periodic_tasks. This is a job process: see
 * job_supervisor.h.
 */
void periodic_tasks_run(const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
