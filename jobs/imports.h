#ifndef IMPORTS_H
#define IMPORTS_H

#include <signal.h>

/*
 * Brings in the rows of files, and takes them back, one import after another
 * and each for some seconds at a time.  A duty; see job_supervisor.h.
 */
void imports_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
