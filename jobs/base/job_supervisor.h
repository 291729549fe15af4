#ifndef JOB_SUPERVISOR_H
#define JOB_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>

/* A job with a separate process. */
struct job_process {
	const char *name;
	/*
	 * Returns after a signal sets *stopping. Signals are unblocked only
	 * while work waits, with the given mask.
	 */
	void (*work)(const void *arg, const volatile sig_atomic_t *stopping,
	    const sigset_t *waiting);
	const void *arg;
};

/*
 * Runs a process for each job, and restarts the process a second after it ends.
 * Waits for all processes to end after SIGTERM or SIGINT, and then returns. The
 * caller must have blocked both signals and installed a handler that sets
 * *stopping.
 */
void job_supervisor_run(const struct job_process *, int n,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/*
 * Runs the jobs one after another, each until it has no more work, for at most
 * this number of seconds in total. The next jobs can use the time that a job
 * leaves. Returns false if a job has failed.
 */
bool job_supervisor_run_once(const struct job_process *, int n, long seconds,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/*
 * Returns true in a job started by job_supervisor_run_once(). The job must
 * return when it is idle.
 */
bool job_supervisor_once(void);

#endif
