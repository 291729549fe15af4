#ifndef JSON_ROWS_H
#define JSON_ROWS_H

#include <stddef.h>

struct arena;
struct text_decoder;

#define JSON_ROW_MAX 1048576 /* bytes */

/*
 * The elements of the lists in an object, {"NAME":[{...},...],...}, read one
 * at a time: however large the file is, one of them is in memory.
 */
struct json_rows;

/* Those of one list alone. */
struct json_rows *json_rows_new(
    struct arena *, struct text_decoder *, const char *list);

enum json_rows_end { JSON_ROW, JSON_ROWS_END, JSON_ROWS_BROKEN };

/*
 * The next element's text, until the one behind it is read.  It is whole only
 * as far as brackets and quotes go; NULL: it is larger than JSON_ROW_MAX.
 */
enum json_rows_end json_rows_next(
    struct json_rows *, const char **text, size_t *len);

#endif
