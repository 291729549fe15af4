#ifndef PAGE_H
#define PAGE_H

#include "db.h"

struct request;

/* The rows of a list that were asked for, from 0. */
struct page {
	long first;
	long last;
};

/*
 * Reads filter, sort and range of the query string and makes two statements:
 * the rows of the page, for rows_json(), and the one cell that says how many
 * there are in all.  What the descriptor does not allow is refused here.
 */
enum problem_code page_query(struct request *, struct db_step *rows,
    struct db_step *total, struct page *) MUST_CHECK;

#endif
