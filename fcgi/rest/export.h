#ifndef EXPORT_H
#define EXPORT_H

#include "fcgi/http/route.h"
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/problem.h"

struct export;
struct page;
struct param;
struct request;
struct resource;

/* Writes all rows of a list, one after the other. */
action_fn resource_export;

/*
 * How the rows of a list are written out, all of them, one after the other.
 * What a format reads of the query string it keeps in the export's own.
 */
struct export_format {
	const char *name;      /* format=NAME */
	const char *type;      /* the media type */
	const char *extension; /* of the file */
	bool csv;              /* rows of the resource's sheet, if it has one */
	enum problem_code (*begin)(struct request *, struct export *);
	void (*head)(const struct export *, struct buf *); /* or NULL */
	void (*row)(struct request *, const struct export *,
	    const struct page *, int row, struct buf *);
};

/* A row of CSV for each row: RFC 4180; and a JSON text on a line for each. */
extern const struct export_format export_csv;
extern const struct export_format export_ndjson;

/* A column of a sheet that goes by another name, or is about other rows. */
struct csv_export_column {
	const char *column;
	const char *title;    /* NULL: it is there to be filtered by */
	const char *resource; /* an API key must be for that as well, or NULL */
};

/* A resource as a table for people: the same rows, names in place of ids. */
struct csv_export {
	const struct resource *of;
	const struct csv_export_column *columns;
	const struct export_format
	    *format; /* one of its own besides, or NULL */
};

struct export
{
	const struct export_format *format;
	const struct resource *resource; /* that is read */
	const struct csv_export *csv;    /* or NULL */
	const char *fields; /* of the page, where the format chooses */
	void *own;

	struct route *route; /* the request's, of that resource */
	struct page *first;
	struct buf cursor; /* behind which the next page begins */
	long rows;         /* of a page */
};

#endif
