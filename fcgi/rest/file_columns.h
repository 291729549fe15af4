#ifndef FILE_COLUMNS_H
#define FILE_COLUMNS_H

#include <stdbool.h>

#include "lib/base/problem.h"

struct column;
struct json_object;
struct request;

/* True for a column that shows files. */
bool file_columns_is(const struct column *);

/*
 * What is to be stored in such a column in place of what a body holds: a
 * data: URL in it becomes a file, kept in the transaction of the next
 * session_write(), and its address.  An address alone becomes {"src"}, the
 * names that others have for the members become ours.  Refused is whatever a
 * browser would run.
 */
enum problem_code file_columns_store(struct request *, const struct column *,
    struct json_object *given, struct json_object **stored) MUST_CHECK;

#endif
