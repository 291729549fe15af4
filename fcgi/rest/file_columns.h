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
 * Converts the value of such a column for storage. A data: URL becomes a file,
 * inserted in the transaction of the next session_write(), and the URL of that
 * file. A plain URL becomes {"src"}, and the member names of react-admin are
 * replaced. Refuses URLs that a browser would execute.
 */
enum problem_code file_columns_store(struct request *, const struct column *,
    struct json_object *given, struct json_object **stored) MUST_CHECK;

#endif
