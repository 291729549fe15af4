#ifndef JSON_H
#define JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Limits an untrusted document, so that parsing it stays cheap. */
#define JSON_VALUES_MAX 10000

/* The reason and the position of a syntax error. */
struct json_error {
	const char *what;
	size_t offset; /* position in bytes, counted from 0 */
	/*
	 * A member of the outermost object, or NULL. For a member that is given
	 * twice, its complete path.
	 */
	const char *member;
};

/*
 * Ownership rules:
 *   - a root belongs to the arena: call json_own() where it is created;
 *   - a child belongs to its parent: create it inside the add call;
 *   - the result of a getter is borrowed until the arena is reset.
 * No other file calls json_object_put() or json_object_get().
 */
void json_own(struct arena *, struct json_object *root);

/*
 * Parses one complete RFC 8259 text. On an error, returns NULL and sets the
 * reason. The parser is stricter than json-c and rejects duplicate members, NUL
 * in strings, invalid UTF-8, lone surrogates, numbers that neither int64 nor
 * double can hold, and text after the value.
 */
struct json_object *json_parse(
    struct arena *, const char *, size_t len, struct json_error *);

/* Like json_parse(), with a different limit on the number of values. */
struct json_object *json_parse_most(
    struct arena *, const char *, size_t len, size_t most, struct json_error *);

/*
 * Parses text that a library produced. Returns NULL if it is nested more deeply
 * than depth allows.
 */
struct json_object *json_parse_tree(
    struct arena *, const char *, size_t len, int depth);

/* Returns a member's text, or NULL if the member is missing or not a string. */
const char *json_get_text(const struct json_object *, const char *key);

/*
 * Returns a boolean member, or fallback if the member is missing or not a
 * boolean.
 */
bool json_get_bool(const struct json_object *, const char *key, bool fallback);

/*
 * Returns true for values that JavaScript converts to true. Returns false for
 * NULL.
 */
bool json_truthy(struct json_object *);

/*
 * Returns the member, or NULL if it is missing. *present distinguishes a
 * missing member from null.
 */
struct json_object *json_get(
    const struct json_object *, const char *key, bool *present);

/* Appends a value to an array, which shares it by counting references. */
void json_append(struct json_object *array, struct json_object *value);

/* Adds a value to an object, which shares it by counting references. */
void json_share(
    struct json_object *into, const char *key, struct json_object *value);

/*
 * Returns the object as text, which is valid until the object changes or is
 * freed.
 */
const char *json_text(struct json_object *);

#endif
