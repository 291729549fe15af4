#ifndef IMPORT_READER_H
#define IMPORT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct buf;
struct text_decoder;
struct json_object;
struct spool;

/* How to read an import file. */
struct import_plan {
	const char *format; /* "csv", "json", "vcard" */
	const char *resource;
	const char *encoding;
	char delimiter;
	long skip; /* lines before the first CSV row */
	bool has_header;
	bool blanks;                 /* empty cells clear the fields */
	struct json_object *mapping; /* CSV: each column's field */
	bool cut;         /* the file is only a prefix and may end anywhere */
	const char *site; /* base URL of stored files; NULL: store none */
};

/* A picture embedded in a row. The row refers to the picture's name. */
struct import_picture {
	const char *name; /* NULL: no picture */
	const char *type;
	const char *base64;
};

/*
 * A row in any format: a JSON object, or named values. It lives until the next
 * row is read.
 */
struct import_row {
	long n;
	const char *resource;
	const char *problem; /* or NULL */
	/* JSON text. NULL: the row is in the next fields. */
	const char *object;
	size_t nfields;
	const char *const *names, *const *values;
	size_t nraw; /* the original cells, for reporting errors */
	const char *const *raw;
	struct import_picture file;
};

enum import_read_status {
	IMPORT_READ_ROW,
	IMPORT_READ_END,
	IMPORT_READ_BROKEN,    /* the file is malformed; reading has ended */
	IMPORT_READ_UNREADABLE /* read error */
};

/* The reader for one format. */
struct import_format {
	enum import_read_status (*next)(void *state, struct import_row *);
	void *state;
};

/* The readers of the individual formats. Call import_reader_new() instead. */
struct import_format import_reader_csv(
    struct arena *, const struct import_plan *, struct text_decoder *);
struct import_format import_reader_vcard(
    struct arena *, const struct import_plan *, const struct spool *);
struct import_format import_reader_json(struct arena *,
    const struct import_plan *, const struct spool *, struct text_decoder **);

/* Reads the rows of a file in order. */
struct import_reader;

struct import_reader *import_reader_new(
    struct arena *, const struct import_plan *, const struct spool *);

enum import_read_status import_reader_next(
    struct import_reader *, struct import_row *);

/*
 * Returns the number of bytes read so far, for showing progress. The result is
 * 0 for vCard files.
 */
off_t import_reader_at(const struct import_reader *);

/* Appends {"n","v","raw","problem"}, the input of crm.import_lines(). */
void import_reader_put(struct buf *, const struct import_row *);

/*
 * Detects the format from the beginning of the file: "csv", "json" or "vcard".
 * Returns "xlsx" or "xls" for a workbook, which no reader accepts. Returns NULL
 * on an error.
 */
const char *import_reader_format(struct arena *, const struct spool *);

#endif
