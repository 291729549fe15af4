#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>

struct arena;
struct json_object;

/* The types that columns of the API have. */
enum value_type {
	VALUE_BIGINT,
	VALUE_SMALLINT,
	VALUE_TEXT,
	VALUE_BOOLEAN,
	VALUE_TIMESTAMP, /* ISO 8601, a date alone means midnight UTC */
	VALUE_DATE,
	VALUE_JSON,
	VALUE_JSONB,
	VALUE_BIGINTS, /* bigint[] */
	VALUE_JSONBS,  /* jsonb[] */
	VALUE__MAX
};

/* PostgreSQL's name of the type. */
const char *value_sql(enum value_type);

/* What the type wants, for a message: "a whole number". */
const char *value_wanted(enum value_type);

/* The JSON Schema of the type, null allowed. */
const char *value_schema(enum value_type);

/* True for types that can be compared and sorted. */
bool value_ordered(enum value_type);

/* True when PostgreSQL takes the text as one of the type. */
bool value_text_fits(enum value_type, const char *text);

/*
 * True when a JSON value may be written to such a column: null fits all, and
 * numbers may come as text, as stock clients send them from URLs.
 */
bool value_fits(enum value_type, struct json_object *);

/* A scalar JSON value as text; NULL for null, array and object. */
const char *value_scalar(struct json_object *);

/*
 * A list as PostgreSQL's array text "{...}", from a JSON array or from one of
 * the forms (1,2), {1,2} and ("a","b, c").  NULL when it is not a list of the
 * type.
 */
const char *value_list(struct arena *, enum value_type, struct json_object *);

#endif
