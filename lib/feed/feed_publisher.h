#ifndef FEED_PUBLISHER_H
#define FEED_PUBLISHER_H

#include <signal.h>

struct config;

/*
 * Numbers the changes of all organizations and, with TENANTRY_FEED_SOCKET,
 * publishes them to the nginx of this host, which holds the connections of
 * readers, and disconnects readers who have lost access.  Of the processes of
 * a host, in tenantry-jobs and in tenantry-fcgi, one is active; another one
 * takes over within a second when it dies or hangs.  Hosts do not need each
 * other.  Until *stopping is set by a signal, which the caller has blocked and
 * waiting unblocks.
 */
void feed_publisher_run(const struct config *,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
