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
 * context's arena. If the file is currently unreadable, logs this and returns
 * false.
 */
bool import_file_open(struct job_context *, const struct db_step *row,
    struct import_plan *, struct spool *);

/*
 * Makes the step that stores the picture of a row in the transaction of the
 * row. Adds the size of the picture to *size.
 */
struct db_step import_file_keep(struct job_context *, struct arena *,
    const struct import_picture *, size_t *size);

#endif
