#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include <signal.h>

/*
 * Indexes changed search documents. A search also reads the documents that are
 * not indexed yet, so this job may be delayed or killed. Searches are slower
 * while many documents are waiting. This is a job process: see
 * job_supervisor.h.
 */
void search_index_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
