#ifndef FILE_COLUMNS_H
#define FILE_COLUMNS_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct column;
struct json_object;
struct request;

/* Returns true for a column that contains files. */
bool file_columns_is(const struct column *);

/*
 * Converts the value of a file column for storage. The file in a data: URL is
 * stored, and its URL replaces the data: URL. The next session_write() inserts
 * the file in its transaction. A plain URL becomes {"src"}, and react-admin's
 * member names are replaced. Refuses URLs that a browser would execute.
 */
enum problem_code file_columns_store(struct request *, const struct column *,
    struct json_object *given, struct json_object **stored) MUST_CHECK;

#endif
