#ifndef IMPORT_FILE_H
#define IMPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/db/db.h"

struct arena;
struct import_picture;
struct import_plan;
struct spool;
struct job_context;

/*
 * Opens an import's file and fills in the plan from the import's row. Both live
 * in the context's arena. Logs an error and returns false if the file is
 * currently unreadable.
 */
bool import_file_open(struct job_context *, const struct db_step *row,
    struct import_plan *, struct spool *);

/*
 * Builds the step that stores a row's picture in the same transaction as the
 * row. Adds the size of the picture to *size.
 */
struct db_step import_file_keep(struct job_context *, struct arena *,
    const struct import_picture *, size_t *size);

#endif
