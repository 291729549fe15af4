#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>

#include "fcgi/server/admission.h"

struct circuits;
struct config;
struct db;
struct jwks;
struct metrics;
struct module;
struct quarantine;
struct worker_slots;
struct providers;
struct router;
struct standby;
struct watcher;

/* The environment that all workers share. */
struct worker_env {
	const struct config *config;
	const struct module *const *modules;
	const struct router *router;
	/* The catalogue, if the router has its resources, or NULL. */
	const char *catalogue;
	struct db *db; /* the connection under CGI, otherwise NULL */
	struct arena *routes_arena;    /* owns the router and its resources */
	struct metrics *metrics;       /* NULL under CGI */
	struct providers *providers;   /* copied by fork() */
	const struct jwks *jwks;       /* the keys of another issuer, or NULL */
	struct arena *jwks_arena;      /* owns the keys */
	struct worker_slots *slots;    /* limits slow requests; NULL: CGI */
	struct admission *admission;   /* NULL: no pool is bounded */
	struct quarantine *quarantine; /* NULL under CGI */
	/* Circuit breakers for providers; NULL under CGI. */
	struct circuits *circuits;
	struct watcher *watcher; /* NULL under CGI */
	struct standby *standby; /* NULL: no DATABASE_READ_URL, or CGI */

	/* Sockets from handoff_pair(): to the queue, and back to each pool. */
	int queue[2];
	int returned[ADMISSION_POOLS][2];
	int traces;   /* socket of trace_export_run() */
	bool *closed; /* per pool, shared: accepts no new connections */
};

/*
 * Serves requests until SIGTERM, which the caller must have blocked. If
 * listener is -1, serves one CGI request. pool is the index of the worker's
 * pool, and slot is the worker's index in the supervisor's table. *busy_since
 * is clock_ms() at the start of a request or at the last write of a stream, and
 * 0 between requests. The supervisor reads it. Returns the exit status.
 */
int worker_run(const struct worker_env *, int listener, int pool, int slot,
    int64_t *busy_since);

#endif
