#ifndef PAGE_H
#define PAGE_H

#include "db.h"

struct request;

/* One page of a list: which rows, from 0, and the statements that read it. */
struct page {
	long first;
	long last;
	struct db_step steps[3]; /* in order: maybe a search, and then these */
	size_t nsteps;
	struct db_step *rows;  /* for rows_json() */
	struct db_step *total; /* one cell: how many rows there are in all */
};

/*
 * Reads filter, sort and range of the query string.  What the descriptor
 * does not allow is refused here.
 */
enum problem_code page_query(struct request *, struct page *) MUST_CHECK;

#endif
