#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include <signal.h>

/*
 * Indexes changed documents of the search. A search also reads those that are
 * not indexed yet, so it may be late or be killed, but the more there are, the
 * slower is a search. A job process; see job_supervisor.h.
 */
void search_index_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
