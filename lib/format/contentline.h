#ifndef CONTENTLINE_H
#define CONTENTLINE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/*
 * The lines that vCards (RFC 6350, 2426) and calendars (RFC 5545) are made of:
 * a name, parameters and a value, folded to be short.
 */

#define CONTENT_PARAMS 32 /* of one line, at most */

/* One value of one parameter; TYPE=work,voice are two of them. */
struct content_param {
	const char *name; /* in upper case */
	const char *value;
};

struct content_line {
	const char *name; /* in upper case, without its group */
	struct content_param params[CONTENT_PARAMS];
	size_t nparams;
	const char *value; /* unfolded, but not yet unescaped; UTF-8 */
	long number;       /* of the line in the file where it ends, from 1 */
};

/* Fills a buffer with what comes next of a file; 0 at its end. */
typedef size_t content_more_fn(void *from, char *data, size_t size);

/* Reads a file piece by piece: zeroed, but for the first two. */
struct content_reader {
	content_more_fn *more;
	void *from;
	size_t offset;   /* in bytes of what comes next, from 0 */
	long lines;      /* read so far */
	bool begun;      /* of vcard.c: a card's first line was read already, */
	size_t begun_at; /* which is there */
	size_t at, len;
	char data[8192];
};

enum content_status {
	CONTENT_LINE,
	CONTENT_END,
	CONTENT_BAD, /* no such line, or longer than max; the next one may be */
};

/*
 * The next line that is not empty.  Lines end as they like; what quoted-
 * printable lines of vCard 2.1 go on with belongs to them.  *fault says what
 * is wrong with a bad one.
 */
enum content_status content_next(struct content_reader *, struct arena *,
    size_t max, struct content_line *, const char **fault);

/* The first value of that parameter, or NULL. */
const char *content_param(const struct content_line *, const char *name);

/*
 * True when the parameter has that value, whatever the case; it may be one of
 * several in quotes, or stand alone as in vCard 2.1.
 */
bool content_has(
    const struct content_line *, const char *name, const char *value);

/* A value of type text, without its escapes. */
const char *content_text(struct arena *, const char *value);

/*
 * The parts of a value between separators that are not escaped, each without
 * its escapes.  Their number, of which the first max are in parts.
 */
size_t content_split(struct arena *, const char *value, char separator,
    const char **parts, size_t max);

#endif
