#ifndef JSON_ROWS_H
#define JSON_ROWS_H

#include <stddef.h>

struct arena;
struct text_decoder;

#define JSON_ROW_MAX 1048576 /* bytes */

/*
 * Reads the elements of the lists in an object, {"NAME":[{...},...],...}, one
 * at a time. Only one element at a time is in memory, regardless of the file
 * size.
 */
struct json_rows;

/* Reads the elements of one list. */
struct json_rows *json_rows_new(
    struct arena *, struct text_decoder *, const char *list);

enum json_rows_end { JSON_ROW, JSON_ROWS_END, JSON_ROWS_BROKEN };

/*
 * Reads the text of the next element, which lives until the next call. Only
 * brackets and quotes are checked, because the caller parses the text. *text is
 * NULL if the element is larger than JSON_ROW_MAX.
 */
enum json_rows_end json_rows_next(
    struct json_rows *, const char **text, size_t *len);

#endif
