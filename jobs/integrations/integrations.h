#ifndef INTEGRATIONS_H
#define INTEGRATIONS_H

#include <signal.h>

/*
 * Runs the jobs of integrations, one at a time. A batch of rows has its effect
 * once, also if the process is killed. A job process; see job_supervisor.h.
 */
void integrations_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
