#ifndef FEED_H
#define FEED_H

#include <signal.h>

/*
 * Publishes changes: see lib/feed/feed_publisher.h. This is a job process: see
 * job_supervisor.h.
 */
void feed_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
