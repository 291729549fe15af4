#ifndef JSON_H
#define JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Bounds of a document from outside, so that none costs more than it weighs. */
#define JSON_VALUES_MAX 10000

/* Why a text was refused: what is wrong, where, and inside which member. */
struct json_error {
	const char *what;
	size_t offset;      /* in bytes, from 0 */
	const char *member; /* of the outermost object, or NULL */
};

/*
 * The ownership rules, all of them:
 *   - a root belongs to the arena: json_own() it where it is made;
 *   - a child belongs to its parent: make it inside the add call;
 *   - what a getter returns is borrowed until the arena is reset.
 * No other file calls json_object_put() or json_object_get().
 */
void json_own(struct arena *, struct json_object *root);

/*
 * One complete RFC 8259 text, or NULL with the reason.  Stricter than json-c:
 * no duplicate member, no NUL in a string, exact UTF-8, no lone surrogate, no
 * number that an int64 or a double cannot hold, nothing after the value.
 */
struct json_object *json_parse(
    struct arena *, const char *, size_t len, struct json_error *);

/* The same of a text that may have more values than others, or fewer. */
struct json_object *json_parse_most(
    struct arena *, const char *, size_t len, size_t most, struct json_error *);

/* A text that a library made for us; NULL when it is nested deeper than that. */
struct json_object *json_parse_tree(
    struct arena *, const char *, size_t len, int depth);

/* NULL where the member is missing or is not a string. */
const char *json_get_text(const struct json_object *, const char *key);

/* A boolean member, or fallback where it is missing or something else. */
bool json_get_bool(const struct json_object *, const char *key, bool fallback);

/* What JavaScript takes for true; false for NULL. */
bool json_truthy(struct json_object *);

/* The member, or NULL when it is missing; *present tells null from missing. */
struct json_object *json_get(
    const struct json_object *, const char *key, bool *present);

/* Shares an element with an array, reference counted. */
void json_append(struct json_object *array, struct json_object *value);

/* Shares a member of one object with another, reference counted. */
void json_share(
    struct json_object *into, const char *key, struct json_object *value);

/* Lives as long as the object, and until it is changed. */
const char *json_text(struct json_object *);

#endif
