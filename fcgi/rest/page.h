#ifndef PAGE_H
#define PAGE_H

#include "fcgi/rest/cursor.h"
#include "fcgi/rest/projection.h"
#include "lib/db/db.h"

struct json_object;
struct request;
struct resource;

/* One page of a list: which rows, from 0, and the statements that read it. */
struct page {
	struct projection projection;
	const char *from; /* the view that is read */
	long first;
	long last;
	struct sort sort;
	size_t sort_at; /* the sort's column in the rows */
	size_t id_at;
	const char *after;       /* the cursor it begins behind, or NULL */
	struct cursor begin;     /* the same, read */
	bool peeks;              /* one more row is read than is shown */
	struct db_step steps[3]; /* in order: maybe a search, and then these */
	size_t nsteps;
	struct db_step *rows;  /* for rows_json() */
	struct db_step *total; /* one cell: how many there are; or NULL */
};

/*
 * Reads filter, sort, range, after, count, fields and embed of the query
 * string.  What the descriptor does not allow is refused here.
 */
enum problem_code page_query(struct request *, struct page *) MUST_CHECK;

/* Those of a list of ids that there are, all on one page. */
enum problem_code page_ids(
    struct request *, struct json_object *ids, struct page *) MUST_CHECK;

/* Where the rows come from, given what the filter is about. */
const char *page_source(const struct resource *, struct json_object *filter);

#endif
