#ifndef PICTURES_H
#define PICTURES_H

#include <signal.h>

/*
 * Fetches pictures for contacts and companies, one after another. This is a
 * separate job process (see job_supervisor.h), so that slow servers do not
 * delay other work. If a setting disables pictures, the process records this in
 * the database and stays idle.
 */
void pictures_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
