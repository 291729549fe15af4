#ifndef IMPORT_ROWS_H
#define IMPORT_ROWS_H

#include <signal.h>

struct import_job;

/*
 * Imports the rows of the file that follow those already imported, batch by
 * batch, until the time slice ends. A batch is one transaction, which also
 * records the position in the file.
 */
void import_rows_run(
    struct import_job *, const volatile sig_atomic_t *stopping);

#endif
