/* Checks values of a body against the descriptions of their fields. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/body_value.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

const char *
body_value_path(struct request *rq, const char *path, const char *member)
{
	return arena_printf(rq->arena, "%s.%s", path, member);
}

/* Counts the characters of a text in UTF-8. */
static long
characters(const char *text)
{
	long n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
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

static void
check_text(struct request *rq, const struct column *c, const char *text)
{
	if (c->choices != NULL && !is_among(c->choices, text))
		request_fault(rq, "not_among_values", c->name,
		    join(rq->arena, c->choices));
	else if (c->limit > 0 && characters(text) > c->limit)
		request_fault(rq, "too_many_characters", c->name,
		    request_number(rq, c->limit));
}

/* Joins the names of the properties: "email, type". */
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

/* Checks a list or an object. Null counts as a missing member. */
static void
check_shape(struct request *rq, const char *path, struct json_object *shape,
    struct json_object *value)
{
	const char *type = json_get_text(shape, "type");

	if (value == NULL || type == NULL)
		return;
	if (strcmp(type, "array") == 0) {
		if (json_object_is_type(value, json_type_array))
			check_elements(rq, path, shape, value);
		else
			request_fault(rq, "not_a_list", path);
	} else if (strcmp(type, "object") == 0) {
		if (json_object_is_type(value, json_type_object))
			check_members(rq, path, shape, value);
		else
			request_fault(rq, "not_an_object", path);
	} else if (!json_object_is_type(value, json_type_string) &&
	    (strcmp(type, "string") == 0 ||
		(strcmp(type, "text or number") == 0 &&
		    !json_object_is_type(value, json_type_int))))
		request_fault(rq, "wrong_type", path, "text");
}

/*
 * Returns true for null in a numeric column that is never null, which then gets
 * its default.
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
		check_text(rq, c, json_object_get_string(value));
	else if (c->shape != NULL)
		check_shape(rq, c->name, c->shape, value);
}
