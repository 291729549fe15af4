#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>

struct column;
struct request;

/* The order of a list. IDs break ties, in the same direction. */
struct sort {
	const struct column *column;
	const char *collation; /* the column's collation, or "" */
	/* Where nulls are sorted in SQL, such as " NULLS LAST". */
	const char *nulls;
	bool nullable; /* the column has nulls, which come last */
	bool down;
	bool log; /* the resource is a log, see struct resource */
};

/* The last row of a page, after which the next page starts. */
struct cursor {
	const char *value; /* value of the sort column, or NULL */
	const char *id;
};

/*
 * Encodes a cursor as text. cursor_read() returns false if the list or its
 * order is different.
 */
const char *cursor_write(
    struct request *, const struct sort *, const struct cursor *);
bool cursor_read(
    struct request *, const char *text, const struct sort *, struct cursor *);

/*
 * Returns a Link header (RFC 8288) for the next page, or NULL if it is too
 * long.
 */
const char *cursor_link(struct request *, const char *cursor, long nrows);

#endif
