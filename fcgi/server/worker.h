#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>

struct config;
struct metrics;
struct worker_slots;
struct providers;
struct router;

/* The environment that all workers share. */
struct worker_env {
	const struct config *config;
	const struct router *router;
	struct metrics *metrics;     /* NULL under CGI */
	struct providers *providers; /* copied by fork() */
	struct worker_slots *slots;  /* limits slow requests; NULL: CGI */
};

/*
 * Serves requests until SIGTERM, which the caller must have blocked.  With
 * listener -1 it serves one CGI request.  *busy_since is clock_ms() at the
 * start of a request or the last write of a stream, and 0 between requests;
 * the supervisor reads it.  Returns the exit status.
 */
int worker_run(const struct worker_env *, int listener, int64_t *busy_since);

#endif
