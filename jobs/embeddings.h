#ifndef EMBEDDINGS_H
#define EMBEDDINGS_H

#include <signal.h>

/*
 * Has vectors made of what rows say, as they change, for the assistant to find
 * them by.  A duty; see job_supervisor.h.
 */
void embeddings_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
