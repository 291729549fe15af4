#ifndef CSV_H
#define CSV_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct text_decoder;
struct spool;

#define CSV_ROW_MAX   1048576 /* bytes */
#define CSV_CELL_MAX  131072
#define CSV_CELLS_MAX 512

/* A CSV reader (RFC 4180), which keeps one row at a time in memory. */
struct csv;

/*
 * A row. If the row has a problem, it has only the cells before the problem.
 * The cells live until the next row is read.
 */
struct csv_row {
	long n; /* number of the row from 1, not counting blank rows */
	size_t ncells;
	const char *const *cells;
	const char *problem; /* or NULL */
};

enum csv_end { CSV_ROW, CSV_END, CSV_UNREADABLE };

/* Creates a reader. The arena owns the reader and all rows. */
struct csv *csv_new(struct arena *, struct text_decoder *, char delimiter);

/* Reads the next row that is not blank. CSV_UNREADABLE means a read error. */
enum csv_end csv_next(struct csv *, struct csv_row *);

/*
 * Returns true for text that spreadsheets read as a formula because of its
 * first character, which may be full-width.
 */
bool csv_is_formula(const char *text);

/*
 * Appends a text as a cell. The text must end with NUL. If safe is true, an
 * apostrophe precedes text that starts like a formula, so that spreadsheets
 * treat it as text. This prevents CSV injection.
 */
void csv_put_text(
    struct buf *, char delimiter, bool safe, const char *text, size_t len);

/*
 * Guesses the delimiter from the first rows after the skipped lines: comma,
 * semicolon, tab or bar.
 */
char csv_guess(
    struct arena *, const struct spool *, const char *encoding, long skip);

/*
 * Returns the delimiter that the first line sets, as in "sep=;", or NUL if the
 * line sets none.
 */
char csv_said(struct arena *, const struct spool *, const char *encoding);

#endif
