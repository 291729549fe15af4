#ifndef STANDBY_WATCHER_H
#define STANDBY_WATCHER_H

#include <signal.h>

struct config;
struct standby;

/*
 * Compares the server at DATABASE_READ_URL with the primary until a signal
 * arrives, and publishes the state to all workers. Runs as a separate process,
 * because an unresponsive server must not stop the other watcher.
 */
void standby_watcher_run(struct standby *, const struct config *,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

#endif
