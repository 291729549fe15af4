#ifndef IMPORT_ROWS_H
#define IMPORT_ROWS_H

#include <signal.h>

struct import_job;

/*
 * Brings in rows of the file, behind those that came already, batch by batch
 * until it is another import's turn.  A batch is one transaction with the mark
 * of how far the file was read.
 */
void import_rows_bring(
    struct import_job *, const volatile sig_atomic_t *stopping);

#endif
