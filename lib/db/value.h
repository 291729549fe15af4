#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>

struct arena;
struct json_object;

/* The column types in the API. */
enum value_type {
	VALUE_BIGINT,
	VALUE_SMALLINT,
	VALUE_NUMERIC, /* a decimal number, exact */
	VALUE_TEXT,
	VALUE_BOOLEAN,
	VALUE_TIMESTAMP, /* ISO 8601; a date means midnight UTC */
	VALUE_DATE,
	VALUE_JSON,
	VALUE_JSONB,
	VALUE_BIGINTS, /* bigint[] */
	VALUE_JSONBS,  /* jsonb[] */
	VALUE__MAX
};

/* Returns the name of the type in PostgreSQL. */
const char *value_sql(enum value_type);

/*
 * Returns the type that has this name in PostgreSQL. A value of an unknown type
 * is shown as text.
 */
enum value_type value_named(const char *);

/* Returns the expected value, for error messages: "a whole number". */
const char *value_wanted(enum value_type);

/* Returns true for types that can be compared and sorted. */
bool value_ordered(enum value_type);

/* Returns true if a date and time text has an offset from UTC. */
bool value_has_offset(const char *text);

/* Returns true if PostgreSQL accepts the text as a value of a scalar type. */
bool value_text_fits(enum value_type, const char *text);

/*
 * Returns true if a JSON value can be written to a column of this type. Null is
 * valid for every type. Strings are valid for numbers, because react-admin
 * takes IDs from URLs.
 */
bool value_fits(enum value_type, struct json_object *);

/* Returns a scalar JSON value as text, or NULL for null, arrays and objects. */
const char *value_scalar(struct json_object *);

/*
 * Converts a list to a PostgreSQL array literal, "{...}". The list is a JSON
 * array or a string such as (1,2), {1,2} or ("a","b, c"). Returns NULL if the
 * value is not a list of this type.
 */
const char *value_list(struct arena *, enum value_type, struct json_object *);

#endif
