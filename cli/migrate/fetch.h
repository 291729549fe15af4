#ifndef MIGRATE_FETCH_H
#define MIGRATE_FETCH_H

#include <stdbool.h>

struct journey_file;
struct migration;

#define FETCH_BATCH 20 /* files per transaction */

/*
 * Creates the temporary tables of a step with the section "fetch": "fetched"
 * has the stored files of a batch, "missing" the keys of the others with the
 * reason.
 */
bool fetch_open(struct migration *, const struct journey_file *step);

/*
 * Downloads the files that the section "fetch" lists, or reads them from a
 * folder, and stores them as uploads are. A file that an earlier call has
 * stored is not fetched again. A file that is unavailable becomes a row of
 * "missing". On a clone, no bytes are stored, and only the first bytes are
 * downloaded. If no file can be fetched or stored, reports the error on stderr
 * or as an obstacle of the migration, and returns false.
 */
bool fetch_files(struct migration *, const struct journey_file *step);

/* Removes the stored files of the step from the storage. */
bool fetch_undo(struct migration *, const struct journey_file *step);

/*
 * Counts the stored files of the step, and the files whose bytes are missing or
 * have another length. Sets the name of one such file. Returns false on an
 * error.
 */
bool fetch_check(struct migration *, const struct journey_file *step,
    int *files, int *missing, const char **example);

#endif
