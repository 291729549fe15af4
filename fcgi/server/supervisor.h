#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdbool.h>
#include <sys/types.h>

struct worker_env;

enum pool_kind {
	POOL_WORKERS,
	POOL_QUEUE,   /* one process: admission_queue_run() */
	POOL_FEED,    /* one process: feed_publisher_run() */
	POOL_TRACES,  /* one process: trace_export_run() */
	POOL_WATCHER, /* one process: watcher_run() */
	POOL_STANDBY, /* one process: standby_watcher_run() */
};

/* Workers that share one socket. */
struct pool {
	enum pool_kind kind;
	const char *name;
	int listener;
	long workers;
	int nice; /* added to the supervisor's nice value */

	const char *socket; /* set by supervisor_listen(), or NULL */
	dev_t dev;
	ino_t ino;
};

/*
 * Sets the listener to a listening Unix socket with mode 0660, unless the
 * service manager has opened a socket with this path. Replaces a stale socket.
 * Also replaces a running process's socket if take_over is true. That process
 * then gets no new connections. On an error, logs it and returns false.
 */
bool supervisor_listen(struct pool *, const char *path, bool take_over);

/*
 * Runs the workers in all pools and replaces those that exit. On SIGTERM or
 * SIGINT, lets them finish their requests and returns. On SIGHUP, and when the
 * catalogue of the database changes, calls reload(), starts new workers and
 * lets the old workers finish, so that no request is lost.
 */
void supervisor_run(struct worker_env *, const struct pool *pools, int npools,
    void (*reload)(struct worker_env *));

#endif
