/* Checks values of a body against their shapes. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/shape_check.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/base/utf8.h"
#include "lib/db/value.h"
#include "lib/format/shape.h"

/*
 * The place of a value in the body. The text of a path is built only for a
 * fault, so that a valid body costs no memory.
 */
struct place {
	const struct place *in; /* NULL: name is the path */
	const char *name;       /* NULL: an element of a list */
	size_t index;
};

static const char *
path_of(struct request *rq, const struct place *at)
{
	const char *in;

	if (at->in == NULL)
		return at->name;
	in = path_of(rq, at->in);
	if (*in == '\0' && at->name != NULL)
		return at->name;
	return at->name != NULL
	    ? arena_printf(rq->arena, "%s.%s", in, at->name)
	    : arena_printf(rq->arena, "%s.%zu", in, at->index);
}

/* Returns the type that a shape requires, for the text of a fault. */
static const char *
wanted(const struct shape *s)
{
	switch (s->kind) {
	case SHAPE_INTEGER:
	case SHAPE_ID:
		return value_wanted(VALUE_BIGINT);
	case SHAPE_NUMBER:
		return value_wanted(VALUE_NUMERIC);
	case SHAPE_BOOLEAN:
		return value_wanted(VALUE_BOOLEAN);
	case SHAPE_TIME:
		return value_wanted(VALUE_TIMESTAMP);
	case SHAPE_DATE:
		return value_wanted(VALUE_DATE);
	case SHAPE_FILE:
		return "an object or a URL";
	case SHAPE_LIST:
		return "a list";
	case SHAPE_RECORD:
	case SHAPE_OBJECT:
	case SHAPE_MAP:
		return "an object";
	default:
		return "text";
	}
}

/*
 * Returns true if a shape admits values of this type. For a scalar, also checks
 * the value.
 */
static bool
admits(struct request *rq, const struct shape *s, struct json_object *value)
{
	const struct resource *r = rq->route->resource;
	enum json_type type = json_object_get_type(value);

	switch (s->kind) {
	case SHAPE_INTEGER:
		return type == json_type_int;
	case SHAPE_ID:
		return r != NULL && r->key != NULL
		    ? type == json_type_string || type == json_type_int
		    : value_scalar(value) != NULL &&
			value_fits(VALUE_BIGINT, value);
	case SHAPE_NUMBER:
		return type == json_type_int || type == json_type_double;
	case SHAPE_BOOLEAN:
		return type == json_type_boolean;
	case SHAPE_TIME:
		return value_fits(VALUE_TIMESTAMP, value);
	case SHAPE_DATE:
		return value_fits(VALUE_DATE, value);
	case SHAPE_FILE:
		return type == json_type_object || type == json_type_string;
	case SHAPE_LIST:
		return type == json_type_array;
	case SHAPE_RECORD:
	case SHAPE_OBJECT:
	case SHAPE_MAP:
		return type == json_type_object;
	case SHAPE_STRING:
	case SHAPE_LINK:
	case SHAPE_EXACT:
		return type == json_type_string;
	default:
		return true;
	}
}

static bool
is_null(const struct shape *s)
{
	return s->null || s->kind == SHAPE_ANY || s->kind == SHAPE_ID ||
	    (s->kind == SHAPE_NAME && (s->of == NULL || is_null(s->of)));
}

static void check(struct request *, const struct place *, const struct shape *,
    struct json_object *value);

static void
check_list(struct request *rq, const struct place *at, const struct shape *s,
    struct json_object *list)
{
	const struct shape *of = s->of;
	struct place element = { .in = at };
	struct json_object *value;

	if (s->most > 0 && json_object_array_length(list) > (size_t)s->most) {
		request_fault(rq, "too_many_elements", path_of(rq, at),
		    request_number(rq, s->most));
		return;
	}
	for (; element.index < json_object_array_length(list);
	     element.index++) {
		value = json_object_array_get_idx(list, element.index);
		if (value != NULL)
			check(rq, &element, of, value);
		else if (!is_null(of))
			request_fault(rq, "null_value", path_of(rq, &element));
	}
}

/* Returns the names of an object's members, the most similar first. */
static const char *
names_of(struct arena *a, const struct shape *object, const char *name)
{
	const struct shape *m;
	struct nearest n;

	nearest_begin(&n, a, name);
	for (m = object->of; m != NULL; m = m->next)
		nearest_add(&n, m->member);
	return nearest_list(&n);
}

/* Returns true if an object has src under react-admin's name, url. */
static bool
is_renamed(const struct shape *m, struct json_object *value)
{
	bool present;

	return strcmp(m->member, "src") == 0 &&
	    json_get(value, "url", &present) != NULL;
}

/* Checks that an object has all required members. */
static void
check_needed(struct request *rq, const struct place *at,
    const struct shape *object, struct json_object *value)
{
	struct json_object *given;
	const struct shape *m;
	bool present;

	for (m = object->of; m != NULL; m = m->next) {
		const struct place member = { at, m->member, 0 };

		if (m->optional || is_renamed(m, value))
			continue;
		given = json_get(value, m->member, &present);
		if (!present)
			request_fault(rq, "required", path_of(rq, &member));
		else if (given == NULL && !is_null(m))
			request_fault(rq, "null_value", path_of(rq, &member));
	}
}

static void
check_members(struct request *rq, const struct place *at,
    const struct shape *object, struct json_object *value)
{
	const struct shape *m;

	json_object_object_foreach(value, name, given)
	{
		const struct place member = { at, name, 0 };

		m = shape_member(object, name);
		if (m == NULL && !object->open)
			request_fault(rq, "unknown_property",
			    path_of(rq, &member),
			    names_of(rq->arena, object, name));
		else if (m != NULL && given != NULL)
			check(rq, &member, m, given);
	}
	check_needed(rq, at, object, value);
}

static void
check_map(struct request *rq, const struct place *at, const struct shape *of,
    struct json_object *value)
{
	json_object_object_foreach(value, name, given)
	{
		const struct place member = { at, name, 0 };

		if (given != NULL)
			check(rq, &member, of, given);
		else if (!is_null(of))
			request_fault(rq, "null_value", path_of(rq, &member));
	}
}

static void
check_text(struct request *rq, const struct place *at, const struct shape *s,
    const char *text)
{
	if (s->kind == SHAPE_EXACT && strcmp(s->text, text) != 0)
		request_fault(rq, "not_among_values", path_of(rq, at), s->text);
	else if (s->most > 0 && utf8_length(text) > s->most)
		request_fault(rq, "too_many_characters", path_of(rq, at),
		    request_number(rq, s->most));
}

static void
refuse_type(struct request *rq, const struct place *at, const struct shape *s)
{
	const char *path = path_of(rq, at);

	if (s->kind == SHAPE_LIST)
		request_fault(rq, "not_a_list", path);
	else if (s->kind == SHAPE_FILE)
		request_fault(rq, "src_or_url", path);
	else if (s->kind == SHAPE_OBJECT || s->kind == SHAPE_MAP ||
	    s->kind == SHAPE_RECORD)
		request_fault(rq, "not_an_object", path);
	else
		request_fault(rq, "wrong_type", path, wanted(s));
}

/*
 * Refuses a value that matches none of the alternatives. The refusal lists the
 * choices or the types.
 */
static void
refuse_all(struct request *rq, const struct place *at, const struct shape *all,
    bool choices)
{
	const struct shape *s;
	const char *word;
	struct buf b;

	buf_init(&b, rq->arena);
	for (s = all->of; s != NULL; s = s->next) {
		word = choices ? s->text : wanted(s);
		if (choices && s->kind != SHAPE_EXACT)
			continue;
		if (strstr(b.data, word) == NULL || choices)
			buf_printf(&b, "%s%s",
			    b.len == 0            ? ""
				: choices         ? ", "
				: s->next == NULL ? " or "
						  : ", ",
			    word);
	}
	request_fault(rq, choices ? "not_among_values" : "wrong_type",
	    path_of(rq, at), b.data);
}

static void
check_one_of(struct request *rq, const struct place *at,
    const struct shape *all, struct json_object *value)
{
	const struct shape *s;
	bool choices = false;

	for (s = all->of; s != NULL; s = s->next) {
		if (!admits(rq, s, value))
			continue;
		if (s->kind != SHAPE_EXACT) {
			check(rq, at, s, value);
			return;
		}
		choices = true;
		if (strcmp(s->text, json_object_get_string(value)) == 0)
			return;
	}
	refuse_all(rq, at, all, choices);
}

static void
check(struct request *rq, const struct place *at, const struct shape *s,
    struct json_object *value)
{
	while (s != NULL && s->kind == SHAPE_NAME)
		s = s->of;
	if (s == NULL)
		return;
	if (!admits(rq, s, value))
		refuse_type(rq, at, s);
	else if (s->kind == SHAPE_ONE_OF)
		check_one_of(rq, at, s, value);
	else if (s->kind == SHAPE_LIST)
		check_list(rq, at, s, value);
	else if (s->kind == SHAPE_OBJECT)
		check_members(rq, at, s, value);
	else if (s->kind == SHAPE_MAP)
		check_map(rq, at, s->of, value);
	else if (s->kind == SHAPE_FILE && s->of != NULL &&
	    json_object_is_type(value, json_type_object))
		check_members(rq, at, s->of, value);
	else if (s->kind == SHAPE_LINK &&
	    !url_is_link(json_object_get_string(value)))
		request_fault(rq, "not_a_safe_link", path_of(rq, at));
	else if (s->kind == SHAPE_STRING || s->kind == SHAPE_EXACT ||
	    s->kind == SHAPE_LINK)
		check_text(rq, at, s, json_object_get_string(value));
}

void
shape_check(struct request *rq, const char *path, const struct shape *s,
    struct json_object *value)
{
	const struct place at = { .name = path };

	if (value != NULL)
		check(rq, &at, s, value);
}
