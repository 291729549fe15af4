#ifndef CSV_H
#define CSV_H

#include <stddef.h>

struct arena;
struct text_decoder;
struct spool;

#define CSV_ROW_MAX   1048576 /* bytes */
#define CSV_CELL_MAX  131072
#define CSV_CELLS_MAX 512

/* A file of rows with cells (RFC 4180), read one row at a time. */
struct csv;

/*
 * A row that has a problem has the cells that were read before it.  Cells live
 * until the next row is read.
 */
struct csv_row {
	long n; /* from 1, rows without any text left out */
	size_t ncells;
	const char *const *cells;
	const char *problem; /* or NULL */
};

enum csv_end { CSV_ROW, CSV_END, CSV_UNREADABLE };

struct csv *csv_new(struct arena *, struct text_decoder *, char delimiter);

enum csv_end csv_next(struct csv *, struct csv_row *);

/* What most likely stands between the cells of a file that begins so. */
char csv_guess(struct arena *, const struct spool *, const char *encoding);

#endif
