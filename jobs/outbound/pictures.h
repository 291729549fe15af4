#ifndef PICTURES_H
#define PICTURES_H

#include <signal.h>

/*
 * Fetches pictures for contacts and companies, one after another, in its own
 * process, so that slow servers delay nothing else. If the setting disables
 * pictures, it records that in the database and stays idle. A job process; see
 * job_supervisor.h.
 */
void pictures_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
