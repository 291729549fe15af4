#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>

#include "cli/base/command.h"

struct migration;

/*
 * Runs all steps that are not done, from where an earlier run stopped.
 * STATUS_OK: all are done.  Otherwise the state and the reason are recorded and
 * were reported; after SIGINT the state is "paused".
 */
enum status steps_run(struct migration *);

/* Retries the rejected rows of all steps, or of one step. */
enum status steps_retry(struct migration *, const char *name);

#endif
