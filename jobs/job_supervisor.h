#ifndef JOB_SUPERVISOR_H
#define JOB_SUPERVISOR_H

#include <signal.h>

/* A part of the work that has a process of its own. */
struct job_process {
	const char *name;
	/* Returns once *stopping is set by a signal, which is let in only while
	 * it waits, under the mask given. */
	void (*work)(const void *arg, const volatile sig_atomic_t *stopping,
	    const sigset_t *waiting);
	const void *arg;
};

#define JOB_PROCESSES_MAX 8

/*
 * Keeps a process at each duty, a new one a second after the last has died,
 * until SIGTERM or SIGINT; then it ends when all of them have.  Both signals
 * are blocked by the caller, who has a handler for them that sets *stopping.
 */
void job_supervisor_run(const struct job_process *, int n,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
