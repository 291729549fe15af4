#ifndef IMPORT_UNDO_H
#define IMPORT_UNDO_H

#include <signal.h>

struct import_job;

/*
 * Takes back what came by an import, the last first, batch by batch until it
 * is another one's turn.
 */
void import_undo(struct import_job *, const volatile sig_atomic_t *stopping);

#endif
