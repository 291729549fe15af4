#ifndef IMPORT_FILE_H
#define IMPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "db.h"

struct arena;
struct incoming_file;
struct incoming_plan;
struct spool;
struct workshop;

/*
 * The file of an import, wherever it is, and how it is to be read, as the
 * database tells; both live as long as the workshop's arena.  False, with the
 * reason in the log, when its bytes cannot be had now.
 */
bool import_open(struct workshop *, const struct db_step *told,
    struct incoming_plan *, struct spool *);

/*
 * The step that keeps a row's own file, in the transaction of the row and in
 * memory of the arena; its size is added to *size.
 */
struct db_step import_keep(struct workshop *, struct arena *,
    const struct incoming_file *, size_t *size);

#endif
