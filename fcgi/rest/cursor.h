#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>

struct column;
struct request;

/* What a list is in order of; ids break ties in the same direction. */
struct sort {
	const struct column *column;
	bool down;
};

/* The row that a page ends with: the next one begins behind it. */
struct cursor {
	const char *value; /* of the column it is sorted by, or NULL */
	const char *id;
};

/* The cursor as text, which is good for that list in that order alone. */
const char *cursor_write(
    struct request *, const struct sort *, const struct cursor *);
bool cursor_read(
    struct request *, const char *text, const struct sort *, struct cursor *);

/*
 * A Link header (RFC 8288) to the request's next page; NULL where it would be
 * longer than a header should be.
 */
const char *cursor_link(struct request *, const char *cursor, long nrows);

#endif
