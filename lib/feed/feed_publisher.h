#ifndef FEED_PUBLISHER_H
#define FEED_PUBLISHER_H

#include <signal.h>

struct config;

/*
 * Numbers the changes of all organizations. With TENANTRY_FEED_SOCKET, it also
 * publishes them to the nginx on this host, which holds the readers'
 * connections. It disconnects readers that have lost access.
 *
 * One process per host is active, in tenantry-jobs or tenantry-fcgi. If it dies
 * or hangs, another process takes over within a second. Hosts do not depend on
 * each other.
 *
 * Returns after a signal has set *stopping. The caller has blocked this signal,
 * and waiting unblocks it.
 */
void feed_publisher_run(const struct config *,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
