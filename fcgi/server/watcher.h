#ifndef WATCHER_H
#define WATCHER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/problem.h"

struct admission;
struct config;
struct request;
struct route_aliases;

/*
 * The database facts that workers read before each request, in shared memory:
 * the cache epoch and the retired paths. One process watches the database for
 * all workers. This process also stores in the database how often old paths
 * were called.
 */
struct watcher;

/*
 * Maps the memory. Call it before forking the processes that use the memory.
 * Sets the retired paths. catalogue is the catalogue from which the routes were
 * built, or NULL.
 */
struct watcher *watcher_new(struct route_aliases *, const char *catalogue);

/* Returns true once after each change of the database's catalogue. */
bool watcher_take_news(struct watcher *);

/* Returns how often the cache epoch has changed. The watcher may be NULL. */
uint64_t watcher_changes(const struct watcher *);

/* Counts a request to an old path. The watcher may be NULL. */
void watcher_count(struct watcher *, const struct request *);

/*
 * Runs the process that watches the database until *stopping is set. A new
 * epoch also clears the cache of admission, which may be NULL.
 */
void watcher_run(struct watcher *, const struct config *, struct admission *,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/*
 * Counts a request to an old path immediately, and refuses it if the path is
 * retired. Use it under CGI, where the process does not run.
 */
enum problem_code watcher_ask(
    const struct route_aliases *, struct request *) MUST_CHECK;

#endif
