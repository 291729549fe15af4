#ifndef MIGRATE_FETCH_H
#define MIGRATE_FETCH_H

#include <stdbool.h>

struct journey_file;
struct migration;

#define FETCH_BATCH 20 /* files per transaction */

/*
 * Creates the temporary tables for a step with the section "fetch": "fetched"
 * has a batch's stored files, and "missing" has the keys of the other files,
 * each with a reason.
 */
bool fetch_open(struct migration *, const struct journey_file *step);

/*
 * Downloads the files that the section "fetch" lists, or reads them from a
 * folder, and stores them like uploads. A file that an earlier call has stored
 * is not fetched again. A file that is unavailable becomes a row of "missing".
 * On a clone, only the first bytes are downloaded, and no bytes are stored.
 * Reports an error on stderr or as an obstacle of the migration, and returns
 * false, if no file can be fetched or stored.
 */
bool fetch_files(struct migration *, const struct journey_file *step);

/* Removes the step's stored files from the storage. */
bool fetch_undo(struct migration *, const struct journey_file *step);

/*
 * Counts the step's stored files, and the files whose bytes are missing or have
 * a different length. Sets *example to the name of one such file. Returns false
 * on an error.
 */
bool fetch_check(struct migration *, const struct journey_file *step,
    int *files, int *missing, const char **example);

#endif
