#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>

#include "cli/base/command.h"

struct migration;

/*
 * Runs all steps that are not done, from where an earlier run stopped. Returns
 * STATUS_OK if all steps are done. Otherwise, the state and the reason have
 * been recorded and reported. After SIGINT, the state is "paused".
 */
enum status steps_run(struct migration *);

/* Retries the rejected rows of all steps, or of one step. */
enum status steps_retry(struct migration *, const char *name);

#endif
