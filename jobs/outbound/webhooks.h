#ifndef WEBHOOKS_H
#define WEBHOOKS_H

#include <signal.h>

/*
 * Sends signed webhooks concurrently, and retries failed deliveries for a day.
 * After a crash, a delivery is repeated with the same ID. This is a job
 * process: see job_supervisor.h.
 */
void webhooks_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
