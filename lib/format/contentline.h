#ifndef CONTENTLINE_H
#define CONTENTLINE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/*
 * Content lines, the syntax of vCard (RFC 6350, RFC 2426) and iCalendar
 * (RFC 5545): a name, parameters and a value, folded at 75 bytes.
 */

#define CONTENT_PARAMS 32 /* maximum number of values per line */

/* One parameter value. TYPE=work,voice has two. */
struct content_param {
	const char *name; /* name in upper case */
	const char *value;
};

struct content_line {
	const char *name; /* upper case, without a group prefix */
	struct content_param params[CONTENT_PARAMS];
	size_t nparams;
	const char *value; /* UTF-8, unfolded, but still escaped */
	long number;       /* number of its last line in the file, from 1 */
};

/* Reads a file's next bytes into data. Returns 0 at the end. */
typedef size_t content_more_fn(void *from, char *data, size_t size);

/* Reads a file in pieces. Set the first three fields and zero the others. */
#define CONTENT_AHEAD 64
struct content_reader {
	content_more_fn *more;
	void *from;
	const char *charset; /* charset of lines without CHARSET; NULL: UTF-8 */
	size_t offset;       /* offset of the next byte in the file, from 0 */
	long lines;          /* number of lines read so far */
	bool begun;          /* vcard.c has already read BEGIN:VCARD */
	size_t begun_at;     /* offset of BEGIN:VCARD */
	size_t at, len;
	char data[8192];
	char ahead[CONTENT_AHEAD]; /* bytes to read again */
	size_t nahead;
};

enum content_status {
	CONTENT_LINE,
	CONTENT_END,
	CONTENT_BAD, /* malformed or longer than max; reading can continue */
};

/*
 * Reads the next line that is not empty, up to max bytes. Lines end with CRLF
 * or LF. Lines with quoted-printable soft line breaks (vCard 2.1) and
 * unindented base64 lines are joined. Text in any other charset becomes UTF-8
 * (see charset.h). The line (vCard 2.1) or the reader names the charset. *fault
 * is the error in a bad line, such as "is too long".
 */
enum content_status content_next(struct content_reader *, struct arena *,
    size_t max, struct content_line *, const char **fault);

/* Returns the first value of a parameter, or NULL. */
const char *content_param(const struct content_line *, const char *name);

/*
 * Returns true if a parameter has a value, in any case. It also finds a value
 * in a quoted list ("work,voice") or without a parameter name (vCard 2.1).
 */
bool content_has(
    const struct content_line *, const char *name, const char *value);

/* Removes the escapes from a text value. */
const char *content_text(struct arena *, const char *value);

/*
 * Splits a value at unescaped separators and unescapes the parts. Stores the
 * first max parts and returns the number of all parts.
 */
size_t content_split(struct arena *, const char *value, char separator,
    const char **parts, size_t max);

#endif
