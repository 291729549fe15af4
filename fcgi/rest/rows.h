#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>

#include "lib/db/value.h"

struct buf;
struct db_step;
struct projection;

/*
 * The first rows of a step as a JSON array of objects, member by member as
 * row_to_json() writes them: PostgreSQL takes twice as long for a page.  The
 * columns of the result are those that projection_select() selects.
 */
void rows_json(
    struct buf *, const struct projection *, const struct db_step *, int nrows);

/* One of them as an object, and one value that is not null. */
void rows_object(
    struct buf *, const struct projection *, const struct db_step *, int row);
void rows_value(struct buf *, enum value_type, const char *text, size_t len);

#endif
