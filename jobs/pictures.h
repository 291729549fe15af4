#ifndef PICTURES_H
#define PICTURES_H

#include <signal.h>

/*
 * Fetches the pictures that contacts and companies want, one after another,
 * in a process of its own: who is slow to answer holds nothing else up.  Where
 * they are not wanted it says so to the database and rests.  A duty; see
 * job_supervisor.h.
 */
void pictures_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
