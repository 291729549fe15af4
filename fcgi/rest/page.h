#ifndef PAGE_H
#define PAGE_H

#include "fcgi/rest/cursor.h"
#include "fcgi/rest/projection.h"
#include "lib/db/db.h"

struct json_object;
struct request;
struct resource;

/* One page of a list, and the steps that read it. */
struct page {
	struct projection projection;
	const char *from; /* view or table */
	long first;       /* offset from 0 */
	long last;        /* inclusive */
	struct sort sort;
	size_t sort_at; /* index of the sort column in the rows */
	size_t id_at;
	const char *after;       /* parameter after, or NULL */
	struct cursor begin;     /* its decoded form */
	bool peeks;              /* reads one row more, to detect the end */
	struct db_step steps[3]; /* search (if any), rows, total (if any) */
	size_t nsteps;
	struct db_step *rows;  /* for rows_json() */
	struct db_step *total; /* one cell with the count; or NULL */
};

/*
 * Reads the parameters filter, sort, range, after, count, fields and embed,
 * and builds the steps.  Refuses what the descriptor does not allow.
 */
enum problem_code page_query(struct request *, struct page *) MUST_CHECK;

/* Builds the steps that read the rows with these ids as one page. */
enum problem_code page_ids(
    struct request *, struct json_object *ids, struct page *) MUST_CHECK;

/* The view or table to read with this filter. */
const char *page_source(const struct resource *, struct json_object *filter);

#endif
