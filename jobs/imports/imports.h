#ifndef IMPORTS_H
#define IMPORTS_H

#include <signal.h>

/*
 * Runs and undoes imports, in turns of several seconds each. This is a job
 * process: see job_supervisor.h.
 */
void imports_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
