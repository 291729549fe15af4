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

/* How a file that brings rows is to be read. */
struct import_plan {
	const char *format; /* "csv", "json", "vcard" */
	const char *resource;
	const char *encoding;
	char delimiter;
	bool has_header;
	bool blanks;                 /* an empty cell says something, too */
	struct json_object *mapping; /* of csv: the field of each column */
	const char
	    *site; /* where our files are to be had; NULL: none are kept */
};

/* A picture that a row brings along, which names it already. */
struct import_picture {
	const char *name; /* NULL: there is none */
	const char *type;
	const char *base64;
};

/*
 * A row, whatever it was read from: an object of JSON, or cells that have
 * names.  All of it lives until the next is read.
 */
struct import_row {
	long n;
	const char *resource;
	const char *problem; /* or NULL */
	const char *object;  /* or NULL, and these: */
	size_t nfields;
	const char *const *names, *const *values;
	size_t nraw; /* what stands in the file, for whom it comes back to */
	const char *const *raw;
	struct import_picture file;
};

enum import_read_status {
	IMPORT_READ_ROW,
	IMPORT_READ_END,
	IMPORT_READ_BROKEN,    /* the file; nothing more can be read from it */
	IMPORT_READ_UNREADABLE /* the disk */
};

/* A format's reader. */
struct import_format {
	enum import_read_status (*next)(void *state, struct import_row *);
	void *state;
};

struct import_format import_reader_csv(
    struct arena *, const struct import_plan *, struct text_decoder *);
struct import_format import_reader_vcard(
    struct arena *, const struct import_plan *, const struct spool *);
struct import_format import_reader_json(struct arena *,
    const struct import_plan *, const struct spool *, struct text_decoder **);

/* The rows of a file in order. */
struct import_reader;

struct import_reader *import_reader_new(
    struct arena *, const struct import_plan *, const struct spool *);

enum import_read_status import_reader_next(
    struct import_reader *, struct import_row *);

/* Bytes of the file that were read so far; 0 of one that does not tell. */
off_t import_reader_at(const struct import_reader *);

/* Adds {"n","v","raw","problem"}, as crm.import_lines() takes it. */
void import_reader_put(struct buf *, const struct import_row *);

/* "csv", "json" or "vcard", by how the file begins. */
const char *import_reader_format(struct arena *, const struct spool *);

#endif
