#ifndef POLL_LOOP_H
#define POLL_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct job_context;

/*
 * A duty that looks for something to do, does it, and looks again.  First, and
 * each hour, it tells the database what is wanted here, so that nothing is
 * kept for who is not there.
 */
struct poll_loop {
	bool (*tell)(
	    struct job_context *); /* false: told again with the next */
	bool (*work)(struct job_context *); /* true: there may be more */
	int64_t pause_ms;                   /* when there is not */
};

void poll_loop_run(const struct poll_loop *, const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/* Lets signals in, for so long; 0: those that have come. */
void poll_loop_wait(int64_t ms, const sigset_t *waiting);

#endif
