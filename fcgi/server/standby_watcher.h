#ifndef STANDBY_WATCHER_H
#define STANDBY_WATCHER_H

#include <signal.h>

struct config;
struct standby;

/*
 * Compares the server of DATABASE_READ_URL with the primary until a signal,
 * and tells all workers what it has.  In a separate process, since a server
 * that hangs must not stop the watcher.
 */
void standby_watcher_run(struct standby *, const struct config *,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
