#ifndef WEBHOOKS_H
#define WEBHOOKS_H

#include <signal.h>

/*
 * Sends what changed to who asked for it, many at once, each signed; what
 * fails is tried again for a day.  Killed at any point, a delivery is sent
 * once more under the same id.  A duty; see job_supervisor.h.
 */
void webhooks_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
