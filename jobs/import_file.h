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
 * The file of an import, wherever it is, and how it is to be read, as the
 * database tells; both live as long as the workshop's arena.  False, with the
 * reason in the log, when its bytes cannot be had now.
 */
bool import_open(struct job_context *, const struct db_step *told,
    struct import_plan *, struct spool *);

/*
 * The step that keeps a row's own file, in the transaction of the row and in
 * memory of the arena; its size is added to *size.
 */
struct db_step import_keep(struct job_context *, struct arena *,
    const struct import_picture *, size_t *size);

#endif
