#ifndef INCOMING_H
#define INCOMING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct buf;
struct decoder;
struct json_object;
struct spool;

/* How a file that brings rows is to be read. */
struct incoming_plan {
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
struct incoming_file {
	const char *name; /* NULL: there is none */
	const char *type;
	const char *base64;
};

/*
 * A row, whatever it was read from: an object of JSON, or cells that have
 * names.  All of it lives until the next is read.
 */
struct incoming_row {
	long n;
	const char *resource;
	const char *problem; /* or NULL */
	const char *object;  /* or NULL, and these: */
	size_t nfields;
	const char *const *names, *const *values;
	size_t nraw; /* what stands in the file, for whom it comes back to */
	const char *const *raw;
	struct incoming_file file;
};

enum incoming_end {
	INCOMING_ROW,
	INCOMING_END,
	INCOMING_BROKEN,    /* the file; nothing more can be read from it */
	INCOMING_UNREADABLE /* the disk */
};

/* A format's reader. */
struct incoming_reader {
	enum incoming_end (*next)(void *state, struct incoming_row *);
	void *state;
};

struct incoming_reader incoming_csv(
    struct arena *, const struct incoming_plan *, struct decoder *);
struct incoming_reader incoming_vcard(
    struct arena *, const struct incoming_plan *, const struct spool *);
struct incoming_reader incoming_json(struct arena *,
    const struct incoming_plan *, const struct spool *, struct decoder **);

/* The rows of a file in order. */
struct incoming;

struct incoming *incoming_new(
    struct arena *, const struct incoming_plan *, const struct spool *);

enum incoming_end incoming_next(struct incoming *, struct incoming_row *);

/* Bytes of the file that were read so far; 0 of one that does not tell. */
off_t incoming_at(const struct incoming *);

/* Adds {"n","v","raw","problem"}, as crm.import_lines() takes it. */
void incoming_put(struct buf *, const struct incoming_row *);

/* "csv", "json" or "vcard", by how the file begins. */
const char *incoming_format(struct arena *, const struct spool *);

#endif
