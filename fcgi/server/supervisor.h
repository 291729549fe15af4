#ifndef SUPERVISOR_H
#define SUPERVISOR_H

struct worker_env;

/* Workers that share one socket. */
struct pool {
	const char *name;
	int listener;
	long workers;
	int nice; /* added to the supervisor's; hashing gives way to the rest */
};

/*
 * A listening Unix socket of mode 0660, replacing a stale one; -1, with the
 * reason in the log, when it cannot be had.
 */
int supervisor_listen(const char *path);

/*
 * Keeps the workers of all pools alive.  SIGTERM or SIGINT: lets them end
 * their requests, then returns.  SIGHUP: starts a new generation and lets the
 * old one end, so that no request is lost.
 */
void supervisor_run(
    const struct worker_env *, const struct pool *pools, int npools);

#endif
