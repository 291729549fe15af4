#ifndef TRACES_H
#define TRACES_H

#include <signal.h>
#include <stdbool.h>

struct config;

/*
 * Makes all job processes that start later send their traces to traces_run().
 * Returns false if no collector is configured.
 */
bool traces_open(const struct config *);

/* Runs the process that sends traces to the collector. */
void traces_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
