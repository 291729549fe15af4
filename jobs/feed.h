#ifndef FEED_H
#define FEED_H

#include <signal.h>

/*
 * Numbers the changes of all organizations and publishes them, where
 * TENANTRY_FEED_SOCKET says so, to nginx, which has the listeners; those who
 * may not listen any longer it cuts off.  Any number of these may run: one does
 * it.  A duty; see job_supervisor.h.
 */
void feed_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
