/* Checks values in a body against the descriptions of their fields. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body_field.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/condition.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"

const char *
body_value_path(struct request *rq, const char *path, const char *member)
{
	return arena_printf(rq->arena, "%s.%s", path, member);
}

static const char *
join(struct arena *a, const char *const *words)
{
	struct buf b;

	buf_init(&b, a);
	for (; *words != NULL; words++)
		buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", *words);
	return b.data;
}

static bool
is_among(const char *const *words, const char *text)
{
	while (*words != NULL && strcmp(*words, text) != 0)
		words++;
	return *words != NULL;
}

/* choices is NULL if any text is valid. The limit 0 means BODY_TEXT_MAX. */
static void
check_text(struct request *rq, const char *path, const char *const *choices,
    long limit, const char *text)
{
	if (limit == 0)
		limit = BODY_TEXT_MAX;
	if (choices != NULL && !is_among(choices, text))
		request_fault(
		    rq, "not_among_values", path, join(rq->arena, choices));
	else if (utf8_length(text) > limit)
		request_fault(
		    rq, "too_many_characters", path, request_number(rq, limit));
}

/* Joins the property names: "email, type". */
static const char *
names_of(struct arena *a, struct json_object *properties)
{
	struct buf b;

	buf_init(&b, a);
	json_object_object_foreach(properties, name, schema)
	{
		(void)schema;
		buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", name);
	}
	return b.data;
}

static void check_shape(struct request *, const char *path,
    struct json_object *shape, struct json_object *value);

static void
check_elements(struct request *rq, const char *path, struct json_object *shape,
    struct json_object *list)
{
	struct json_object *items;
	bool present;
	size_t i;

	items = json_get(shape, "items", &present);
	for (i = 0; i < json_object_array_length(list); i++)
		check_shape(rq,
		    body_value_path(rq, path, request_number(rq, (long)i)),
		    items, json_object_array_get_idx(list, i));
}

static void
check_members(struct request *rq, const char *path, struct json_object *shape,
    struct json_object *object)
{
	struct json_object *properties, *schema;
	bool present;

	properties = json_get(shape, "properties", &present);
	if (properties == NULL)
		return;
	json_object_object_foreach(object, name, value)
	{
		schema = json_get(properties, name, &present);
		if (present)
			check_shape(
			    rq, body_value_path(rq, path, name), schema, value);
		else
			request_fault(rq, "unknown_property",
			    body_value_path(rq, path, name),
			    names_of(rq->arena, properties));
	}
}

/* Returns the type of a schema, without null: "string" of ["string","null"]. */
static const char *
type_of(struct json_object *shape)
{
	struct json_object *type;
	bool present;

	type = json_get(shape, "type", &present);
	if (json_object_is_type(type, json_type_array))
		type = json_object_array_get_idx(type, 0);
	return json_object_is_type(type, json_type_string)
	    ? json_object_get_string(type)
	    : NULL;
}

/* Returns the values of "enum", or NULL if the schema has none. */
static const char *const *
choices_of(struct arena *a, struct json_object *shape)
{
	struct json_object *values;
	const char **words;
	size_t i, n;
	bool present;

	if ((values = json_get(shape, "enum", &present)) == NULL)
		return NULL;
	n = json_object_array_length(values);
	words = arena_array(a, n + 1, sizeof *words);
	for (i = 0; i < n; i++)
		words[i] = json_object_get_string(
		    json_object_array_get_idx(values, i));
	return words;
}

static void
check_scalar(struct request *rq, const char *path, struct json_object *shape,
    const char *type, struct json_object *value)
{
	struct json_object *limit;
	bool present;

	limit = json_get(shape, "maxLength", &present);
	if (strcmp(type, "integer") == 0) {
		if (!json_object_is_type(value, json_type_int))
			request_fault(
			    rq, "wrong_type", path, value_wanted(VALUE_BIGINT));
	} else if (json_object_is_type(value, json_type_string))
		check_text(rq, path, choices_of(rq->arena, shape),
		    (long)json_object_get_int64(limit),
		    json_object_get_string(value));
	else if (strcmp(type, "string") == 0 ||
	    !json_object_is_type(value, json_type_int))
		request_fault(rq, "wrong_type", path, "text");
}

/*
 * Checks a value against a schema. Null counts as a missing member. The type
 * "file" is an object or its address, and "text or number" a text or an
 * integer.
 */
static void
check_shape(struct request *rq, const char *path, struct json_object *shape,
    struct json_object *value)
{
	const char *type = type_of(shape);
	const bool file = type != NULL && strcmp(type, "file") == 0;

	if (value == NULL || type == NULL)
		return;
	if (strcmp(type, "array") == 0) {
		if (json_object_is_type(value, json_type_array))
			check_elements(rq, path, shape, value);
		else
			request_fault(rq, "not_a_list", path);
	} else if (file || strcmp(type, "object") == 0) {
		if (json_object_is_type(value, json_type_object))
			check_members(rq, path, shape, value);
		else if (!file)
			request_fault(rq, "not_an_object", path);
		else if (!json_object_is_type(value, json_type_string))
			request_fault(rq, "src_or_url", path);
	} else
		check_scalar(rq, path, shape, type, value);
}

/*
 * Returns true for null in a numeric column that is never null. Such a column
 * gets its default.
 */
static bool
is_null_number(const struct column *c, struct json_object *value)
{
	return value == NULL && c->when_null != NULL &&
	    (c->type == VALUE_BIGINT || c->type == VALUE_SMALLINT ||
		c->type == VALUE_NUMERIC);
}

void
body_value_check(
    struct request *rq, const struct column *c, struct json_object *value)
{
	if (is_null_number(c, value))
		request_fault(rq, "null_value", c->name);
	else if (c->type == VALUE_TEXT && value != NULL)
		check_text(rq, c->name, c->choices, c->limit,
		    json_object_get_string(value));
	else if (c->shape != NULL)
		check_shape(rq, c->name, c->shape, value);
}

/* Returns the field with the most similar name. */
static const char *
nearest_field(const struct resource *r, const char *name)
{
	const struct column *c, *best = r->columns;

	for (c = r->columns; c->name != NULL; c++)
		if (nearest_distance(name, c->name) <
		    nearest_distance(name, best->name))
			best = c;
	return best->name;
}

void
body_value_check_row(struct request *rq, const char *path,
    const struct resource *r, struct json_object *row)
{
	const struct column *c;
	struct column at;

	json_object_object_foreach(row, name, value)
	{
		const char *member = body_value_path(rq, path, name);

		c = resource_column(r, name);
		if (c == NULL) {
			if (r->identified == NULL ||
			    strcmp(name, EXTERNAL_IDS) != 0)
				request_fault(rq, "member_unknown_near", member,
				    r->name, nearest_field(r, name));
			continue;
		}
		at = *c;
		at.name = member;
		if (!value_fits(c->type, value))
			request_fault(
			    rq, "wrong_type", member, value_wanted(c->type));
		else
			body_value_check(rq, &at, value);
	}
}
