#ifndef JOB_SUPERVISOR_H
#define JOB_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>

/* A job with a separate process. */
struct job_process {
	const char *name;
	/* Returns after a signal sets *stopping. Signals are unblocked only
	 * while it waits, with the given mask. */
	void (*work)(const void *arg, const volatile sig_atomic_t *stopping,
	    const sigset_t *waiting);
	const void *arg;
};

/*
 * Runs a process for each job and restarts it a second after it ends, until
 * SIGTERM or SIGINT; then it waits for all of them. The caller blocks both
 * signals and has installed a handler that sets *stopping.
 */
void job_supervisor_run(const struct job_process *, int n,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/*
 * Runs the jobs one after another, each until it has no more work, and stops
 * them after this number of seconds: unused time is left to the next ones.
 * False if one has failed.
 */
bool job_supervisor_run_once(const struct job_process *, int n, long seconds,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/* True in a job of job_supervisor_run_once(): it returns when it is idle. */
bool job_supervisor_once(void);

#endif
