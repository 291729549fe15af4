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

/* GET /api/RESOURCE/export: streams all rows of a list. */
action_fn resource_export;

/*
 * Returns true if a file of the resource may contain the column in at least one
 * format.
 */
bool export_has_column(const struct resource *, const char *name);

/* Lists the columns of files, the most similar to a name first. */
const char *export_known_columns(
    struct request *, const struct resource *, const char *name);

/*
 * A file format. begin() reads the format's query string parameters and stores
 * them in export.own.
 */
struct export_format {
	const char *name;      /* format=NAME */
	const char *type;      /* the media type */
	const char *extension; /* file name extension */
	bool csv;              /* use resource.csv if there is one */
	enum problem_code (*begin)(struct request *, struct export *);
	void (*head)(const struct export *, struct buf *); /* may be NULL */
	void (*row)(struct request *, const struct export *,
	    const struct page *, int row, struct buf *);
};

/* CSV (RFC 4180), and JSON with one object per line. */
extern const struct export_format export_csv;
extern const struct export_format export_ndjson;

/*
 * A column that the resource's file hides, renames or adds. A column is added
 * if the resource has no column with this name.
 */
struct csv_export_column {
	const char *name;
	const char *title;    /* NULL: only for filters, not in the file */
	const char *resource; /* an additional scope for API keys, or NULL */
	const char *after;    /* added: follows this column; NULL: all */
	enum value_type type; /* type of an added column */
};

/* The CSV form of a resource: the same rows, but with names instead of ids. */
struct csv_export {
	const char *view; /* view with the additional columns */
	const struct csv_export_column *columns;
};

struct export
{
	const struct export_format *format;
	const struct resource *resource;
	const struct csv_export *csv; /* or NULL */
	/* The page's fields parameter, or NULL. */
	const char *fields;
	void *own; /* data of the format */

	struct route *route; /* copy of the request's route, with resource */
	struct page *first;
	struct buf cursor; /* cursor of the next page */
	long rows;         /* rows per page */
};

#endif
