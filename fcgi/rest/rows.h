#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>

#include "lib/db/value.h"

struct buf;
struct db_step;
struct projection;

/*
 * Writes the first rows of a result as a JSON array of objects, in the format
 * of row_to_json() and in half its time. The result has the columns of
 * projection_select().
 */
void rows_json(
    struct buf *, const struct projection *, const struct db_step *, int nrows);

/*
 * These functions write one row as an object, and one value that is not null.
 */
void rows_object(
    struct buf *, const struct projection *, const struct db_step *, int row);
void rows_value(struct buf *, enum value_type, const char *text, size_t len);

#endif
