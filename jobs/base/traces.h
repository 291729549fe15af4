#ifndef TRACES_H
#define TRACES_H

#include <signal.h>
#include <stdbool.h>

struct config;

/*
 * Makes all job processes that are started from now on send their traces to
 * traces_run(); false if no collector is configured.
 */
bool traces_open(const struct config *);

/* Process that sends traces to the collector. */
void traces_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
