#ifndef EMBEDDINGS_H
#define EMBEDDINGS_H

#include <signal.h>

/*
 * Fetches embeddings of changed rows, for searches by the assistant. This is a
 * job process: see job_supervisor.h.
 */
void embeddings_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
