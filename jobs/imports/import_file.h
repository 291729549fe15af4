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
 * Opens the file of an import and fills the plan from its row; both live in the
 * context's arena. False, with a line in the log, if the file is currently
 * unreadable.
 */
bool import_file_open(struct job_context *, const struct db_step *row,
    struct import_plan *, struct spool *);

/*
 * The step that stores the picture of a row in the transaction of the row. Adds
 * its size to *size.
 */
struct db_step import_file_keep(struct job_context *, struct arena *,
    const struct import_picture *, size_t *size);

#endif
