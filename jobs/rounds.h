#ifndef ROUNDS_H
#define ROUNDS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct workshop;

/*
 * A duty that looks for something to do, does it, and looks again.  First, and
 * each hour, it tells the database what is wanted here, so that nothing is
 * kept for who is not there.
 */
struct rounds {
	bool (*tell)(struct workshop *); /* false: told again with the next */
	bool (*work)(struct workshop *); /* true: there may be more */
	int64_t pause_ms;                /* when there is not */
};

void rounds_run(const struct rounds *, const void *config,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting);

/* Lets signals in, for so long; 0: those that have come. */
void rounds_rest(int64_t ms, const sigset_t *waiting);

#endif
