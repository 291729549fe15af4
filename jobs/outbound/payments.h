#ifndef PAYMENTS_H
#define PAYMENTS_H

#include <signal.h>

/* Calls payment providers. This is a job process: see job_supervisor.h. */
void payments_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
