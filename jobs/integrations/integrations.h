#ifndef INTEGRATIONS_H
#define INTEGRATIONS_H

#include <signal.h>

/*
 * Runs integration jobs, one at a time. A batch of rows takes effect exactly
 * once, even if the process is killed. This is a job process: see
 * job_supervisor.h.
 */
void integrations_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
