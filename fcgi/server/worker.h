#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>

struct config;
struct metrics;
struct worker_slots;
struct providers;
struct router;

/* What a worker stands on; the same for all of them. */
struct worker_env {
	const struct config *config;
	const struct router *router;
	struct metrics *metrics;     /* NULL under CGI */
	struct providers *providers; /* each worker has its own copy */
	struct worker_slots
	    *slots; /* for what keeps a worker long; NULL: CGI */
};

/*
 * Serves one request after another until SIGTERM, which must be blocked.
 * *busy_since, in milliseconds of the monotonic clock, is 0 between requests,
 * for a supervisor to watch.  listener -1: one CGI request.  Returns the exit
 * status.
 */
int worker_run(const struct worker_env *, int listener, int64_t *busy_since);

#endif
