#ifndef IMPORT_UNDO_H
#define IMPORT_UNDO_H

#include <signal.h>

struct import_job;

/*
 * Undoes an import batch by batch, the last rows first, until the time slice
 * ends.
 */
void import_undo(struct import_job *, const volatile sig_atomic_t *stopping);

#endif
