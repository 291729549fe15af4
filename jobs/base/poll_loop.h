#ifndef POLL_LOOP_H
#define POLL_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct job_context;

/*
 * A job process that polls for work. At the start, and every hour from then on,
 * prepare records in the database which work is enabled, so that nothing is
 * queued in vain. If prepare is NULL, the work is always enabled.
 */
struct poll_loop {
	bool (*prepare)(
	    struct job_context *); /* false: retried in the next round */
	bool (*work)(struct job_context *); /* true: there may be more */
	int64_t pause_ms; /* the pause after work returns false */
};

void poll_loop_run(const struct poll_loop *, const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/* Waits with signals unblocked. If ms is 0, only handles pending signals. */
void poll_loop_wait(int64_t ms, const sigset_t *waiting);

#endif
