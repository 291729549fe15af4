/* Converts an OpenAPI document from version 3.1 to version 3.0. */

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>

#include "handlers/operations/openapi_30.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/* The document being written, and the document being read. */
struct out {
	struct buf *b;
	struct json_object *document;
};

static void put_value(struct out *, struct json_object *);
static void put_members(
    struct out *, struct json_object *, struct json_object *outer);

static void
put_name(struct out *o, const char *name)
{
	if (o->b->data[o->b->len - 1] != '{')
		buf_puts(o->b, ",");
	buf_json(o->b, name);
	buf_puts(o->b, ":");
}

static void
put_nullable(struct out *o)
{
	put_name(o, "nullable");
	buf_puts(o->b, "true");
}

/*
 * Returns the schema that a new row's schema, {"allOf":[SCHEMA],
 * "required":[...]}, makes stricter, or NULL. Generators do not name the type
 * of the new row's schema.
 */
static struct json_object *
made_stricter(struct json_object *object)
{
	struct json_object *all;
	bool required, present;

	(void)json_get(object, "required", &required);
	all = json_get(object, "allOf", &present);
	return required && json_object_object_length(object) == 2 &&
		json_object_is_type(all, json_type_array) &&
		json_object_array_length(all) == 1
	    ? json_object_array_get_idx(all, 0)
	    : NULL;
}

static void
put_object(struct out *o, struct json_object *object)
{
	struct json_object *general = made_stricter(object);

	buf_puts(o->b, "{");
	put_members(o, general != NULL ? general : object, NULL);
	buf_puts(o->b, "}");
}

static void
put_list(struct out *o, struct json_object *list)
{
	size_t i;

	buf_puts(o->b, "[");
	for (i = 0; i < json_object_array_length(list); i++) {
		buf_puts(o->b, i > 0 ? "," : "");
		put_value(o, json_object_array_get_idx(list, i));
	}
	buf_puts(o->b, "]");
}

static void
put_value(struct out *o, struct json_object *value)
{
	if (json_object_is_type(value, json_type_object))
		put_object(o, value);
	else if (json_object_is_type(value, json_type_array))
		put_list(o, value);
	else
		buf_puts(o->b, json_text(value));
}

static bool
is_text(struct json_object *value, const char *text)
{
	return json_object_is_type(value, json_type_string) &&
	    strcmp(json_object_get_string(value), text) == 0;
}

/* Converts "type": ["string","null"] to "type": "string", "nullable": true. */
static void
put_type(struct out *o, struct json_object *schema, struct json_object *type)
{
	struct json_object *one, *only = NULL;
	size_t i, n = 0;

	(void)schema;
	if (!json_object_is_type(type, json_type_array)) {
		put_name(o, "type");
		buf_puts(o->b, json_text(type));
		return;
	}
	for (i = 0; i < json_object_array_length(type); i++) {
		one = json_object_array_get_idx(type, i);
		if (!is_text(one, "null")) {
			only = one;
			n++;
		}
	}
	if (n != 1) /* null is allowed only without a type */
		return;
	put_name(o, "type");
	buf_puts(o->b, json_text(only));
	if (json_object_array_length(type) > 1)
		put_nullable(o);
}

static bool
is_null_schema(struct json_object *schema)
{
	bool present;

	return is_text(json_get(schema, "type", &present), "null");
}

/*
 * Returns true for a text that begins with a letter or digit, so that a name
 * can be made from it.
 */
static bool
makes_name(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) &&
	    isalnum((unsigned char)*json_object_get_string(value));
}

/* Returns true if names can be made from all values. Null needs no name. */
static bool
have_names(struct json_object *values)
{
	struct json_object *value;
	size_t i;

	for (i = 0; i < json_object_array_length(values); i++) {
		value = json_object_array_get_idx(values, i);
		if (value != NULL && !makes_name(value))
			return false;
	}
	return true;
}

/*
 * Writes an enum. Omits values that generators cannot name, so that any value
 * of the type is allowed. Also omits values that an organization can change:
 * clients in Java and C# could not read a row with a value that was added later.
 * Null among the values becomes "nullable": true.
 */
static void
put_enum(struct out *o, struct json_object *schema, struct json_object *values)
{
	struct json_object *value;
	bool nullable = false, typed, configured;
	size_t i;

	(void)json_get(schema, "x-configured", &configured);
	if (configured || !have_names(values))
		return;
	(void)json_get(schema, "type", &typed);
	if (!typed) {
		put_name(o, "type");
		buf_puts(o->b, "\"string\"");
	}
	put_name(o, "enum");
	buf_puts(o->b, "[");
	for (i = 0; i < json_object_array_length(values); i++) {
		value = json_object_array_get_idx(values, i);
		if (value == NULL) {
			nullable = true;
			continue;
		}
		buf_puts(o->b, o->b->data[o->b->len - 1] == '[' ? "" : ",");
		buf_puts(o->b, json_text(value));
	}
	buf_puts(o->b, "]");
	if (nullable && !typed)
		put_nullable(o);
}

/*
 * Converts "contacts.input" to "contacts_input", because generators cut names
 * at a dot.
 */
static void
put_schema_name(struct out *o, const char *name)
{
	size_t start = o->b->len, i;

	buf_json(o->b, name);
	for (i = start; i < o->b->len; i++)
		if (o->b->data[i] == '.')
			o->b->data[i] = '_';
}

static void
put_schemas(
    struct out *o, struct json_object *components, struct json_object *schemas)
{
	(void)components;
	put_name(o, "schemas");
	buf_puts(o->b, "{");
	json_object_object_foreach(schemas, name, schema)
	{
		buf_puts(o->b, o->b->data[o->b->len - 1] == '{' ? "" : ",");
		put_schema_name(o, name);
		buf_puts(o->b, ":");
		put_value(o, schema);
	}
	buf_puts(o->b, "}");
}

/* Writes a reference. Version 3.0 ignores the members beside it. */
static void
put_reference(struct out *o, struct json_object *schema, struct json_object *to)
{
	bool alone = json_object_object_length(schema) == 1;

	if (!alone) {
		put_name(o, "allOf");
		buf_puts(o->b, "[{");
	}
	put_name(o, "$ref");
	put_schema_name(o, json_object_get_string(to));
	if (!alone)
		buf_puts(o->b, "}]");
}

/* Returns the schema to which a schema refers, or the schema itself. */
static struct json_object *
target_of(struct out *o, struct json_object *schema)
{
	const char *ref = json_get_text(schema, "$ref");
	bool present;

	if (ref == NULL)
		return schema;
	return json_get(json_get(json_get(o->document, "components", &present),
			    "schemas", &present),
	    strrchr(ref, '/') + 1, &present);
}

/*
 * Writes the only choice for a value that may also be null. A type that is not
 * an object is copied, because it would be incomplete beside "allOf".
 */
static void
put_choice(
    struct out *o, struct json_object *schema, struct json_object *choice)
{
	struct json_object *target = target_of(o, choice);
	const char *type = json_get_text(target, "type");
	bool named;

	if (target != choice && type != NULL && strcmp(type, "object") == 0) {
		put_name(o, "type");
		buf_puts(o->b, "\"object\"");
		put_name(o, "allOf");
		buf_puts(o->b, "[");
		put_object(o, choice);
		buf_puts(o->b, "]");
	} else {
		put_members(o, target, schema);
	}
	(void)json_get(target, "enum", &named);
	if (type != NULL || (target == choice && named))
		put_nullable(o);
}

/* Converts "oneOf": [{"const":"a"},{"const":"b"}] to "enum": ["a","b"]. */
static void
put_constants(struct out *o, struct json_object *list)
{
	const char *value;
	size_t i;

	put_name(o, "type");
	buf_puts(o->b, "\"string\"");
	put_name(o, "enum");
	for (i = 0; i < json_object_array_length(list); i++) {
		value =
		    json_get_text(json_object_array_get_idx(list, i), "const");
		buf_puts(o->b, i == 0 ? "[" : ",");
		buf_json(o->b, value);
	}
	buf_puts(o->b, "]");
}

/*
 * Converts "oneOf": [SCHEMA, {"type":"null"}] to SCHEMA with "nullable": true.
 * Omits choices between types, so that any value is allowed, because the types
 * that generators make from such choices do not compile.
 */
static void
put_choices(struct out *o, struct json_object *schema, struct json_object *list)
{
	size_t i, n = json_object_array_length(list), left = 0, constants = 0;
	struct json_object *one, *choice = NULL;

	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(list, i);
		constants += json_get_text(one, "const") != NULL;
		if (!is_null_schema(one)) {
			choice = one;
			left++;
		}
	}
	if (constants == n)
		put_constants(o, list);
	else if (left == 1)
		put_choice(o, schema, choice);
}

static void
put_const(struct out *o, struct json_object *schema, struct json_object *value)
{
	(void)schema;
	put_name(o, "enum");
	buf_printf(o->b, "[%s]", json_text(value));
}

static void
put_tuple(struct out *o, struct json_object *schema, struct json_object *items)
{
	(void)schema;
	(void)items;
	put_name(o, "items");
	buf_puts(o->b, "{}");
}

/* Writes properties, whose names are not keywords. */
static void
put_properties(
    struct out *o, struct json_object *schema, struct json_object *properties)
{
	(void)schema;
	put_name(o, "properties");
	buf_puts(o->b, "{");
	json_object_object_foreach(properties, name, property)
	{
		put_name(o, name);
		put_value(o, property);
	}
	buf_puts(o->b, "}");
}

static void
put_version(
    struct out *o, struct json_object *document, struct json_object *version)
{
	(void)document;
	(void)version;
	put_name(o, "openapi");
	buf_puts(o->b, "\"3.0.3\"");
}

/* Converts a license's "identifier": "MIT" to a URL. */
static void
put_license(
    struct out *o, struct json_object *license, struct json_object *identifier)
{
	(void)license;
	put_name(o, "url");
	buf_printf(o->b, "\"https://spdx.org/licenses/%s.html\"",
	    json_object_get_string(identifier));
}

static void
omit(struct out *o, struct json_object *object, struct json_object *value)
{
	(void)o;
	(void)object;
	(void)value;
}

typedef void put_fn(
    struct out *, struct json_object *object, struct json_object *value);

/* The members that differ between the versions. */
static const struct keyword {
	const char *name;
	put_fn *put;
} keywords[] = {
	{ "$ref", put_reference },
	{ "const", put_const },
	{ "enum", put_enum },
	{ "identifier", put_license },
	{ "oneOf", put_choices },
	{ "openapi", put_version },
	{ "prefixItems", put_tuple },
	{ "properties", put_properties },
	{ "schemas", put_schemas },
	{ "type", put_type },
	{ "webhooks", omit },
};

static put_fn *
put_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (strcmp(keywords[i].name, name) == 0)
			return keywords[i].put;
	return NULL;
}

/*
 * Writes an object's members. Omits members that outer also has. outer may be
 * NULL.
 */
static void
put_members(
    struct out *o, struct json_object *object, struct json_object *outer)
{
	put_fn *put;
	bool hidden;

	json_object_object_foreach(object, name, value)
	{
		hidden = false;
		if (outer != NULL)
			(void)json_get(outer, name, &hidden);
		if (hidden)
			continue;
		if ((put = put_of(name)) != NULL) {
			put(o, object, value);
			continue;
		}
		put_name(o, name);
		put_value(o, value);
	}
}

void
openapi_30_put(struct buf *b, struct json_object *document)
{
	struct out o = { b, document };

	put_value(&o, document);
}
