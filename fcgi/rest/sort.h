#ifndef SORT_H
#define SORT_H

#include <stdbool.h>

#include "fcgi/rest/cursor.h"
#include "lib/base/problem.h"

struct json_object;
struct request;
struct statement;

/*
 * Parses ["last_name","ASC"] for the rows of the request's resource. NULL means
 * by ID. The ID breaks ties in the same direction. path names the value in a
 * refusal.
 */
enum problem_code sort_read(struct request *, const char *path,
    struct json_object *, struct sort *) MUST_CHECK;

/* Returns true if rows are sorted by their IDs. */
bool sort_by_id(const struct sort *);

/* Appends " ORDER BY ..." for rows with this alias. */
void sort_put(struct statement *, const struct sort *, const char *row);

#endif
