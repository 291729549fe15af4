#ifndef FEED_H
#define FEED_H

#include <signal.h>

/*
 * Numbers the changes of all organizations. If TENANTRY_FEED_SOCKET is set, it
 * publishes them to nginx, which holds the connections of readers, and
 * disconnects readers who have lost access. If several run, one is active.
 * A job process; see job_supervisor.h.
 */
void feed_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
