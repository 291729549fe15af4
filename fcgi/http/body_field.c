/* Checks the members of a JSON body against the fields of its route. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body_field.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/shape_check.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/db/value.h"
#include "lib/format/shape.h"

const char *
body_type_name(struct json_object *value, bool present)
{
	if (!present)
		return "undefined";
	switch (json_object_get_type(value)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "boolean";
	case json_type_double:
	case json_type_int:
		return "number";
	case json_type_object:
		return "object";
	case json_type_array:
		return "array";
	default:
		return "string";
	}
}

#define FOREIGN_ADDRESS                                                        \
	"must be in ASCII: other letters can look like those of somebody "     \
	"else's address"

enum flaw {
	VALID,
	MISSING,
	NULLED,
	TYPE,
	ADDRESS,
	FOREIGN,
	EMPTY,
	ROLE,
	PERMISSION
};

static bool
is_string_array(struct json_object *value)
{
	size_t i;

	if (!json_object_is_type(value, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(value); i++)
		if (!json_object_is_type(
			json_object_array_get_idx(value, i), json_type_string))
			return false;
	return true;
}

static enum flaw
role_flaw(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ||
		is_string_array(value)
	    ? VALID
	    : ROLE;
}

static enum flaw
permission_flaw(struct json_object *value)
{
	json_object_object_foreach(value, name, actions)
	{
		(void)name;
		if (!is_string_array(actions))
			return PERMISSION;
	}
	return VALID;
}

/* Returns the type's name in Better Auth errors. */
static const char *
type_name(enum body_type type)
{
	switch (type) {
	case BODY_BOOLEAN:
		return "boolean";
	case BODY_NUMBER:
		return "number";
	case BODY_WHOLE:
	case BODY_WHOLE_OR_NULL:
		return "whole number";
	case BODY_RECORD:
	case BODY_PERMISSION:
		return "record";
	case BODY_OBJECT:
		return "object";
	case BODY_STRINGS:
	case BODY_LIST:
		return "array";
	default:
		return "string";
	}
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

/* Finds the flaw in a value that is present and not null. */
static enum flaw
value_flaw(const struct body_field *f, struct json_object *value)
{
	const char *want = type_name(f->type);

	if (f->type == BODY_ROLE)
		return role_flaw(value);
	if (f->type == BODY_WHOLE || f->type == BODY_WHOLE_OR_NULL)
		return value_fits(VALUE_BIGINT, value) ? VALID : TYPE;
	if (f->type == BODY_FILE &&
	    json_object_is_type(value, json_type_object))
		return VALID;
	if (strcmp(want, "record") == 0)
		want = "object";
	if (strcmp(body_type_name(value, true), want) != 0)
		return TYPE;
	if (f->type == BODY_PERMISSION)
		return permission_flaw(value);
	if (f->type == BODY_STRINGS)
		return role_flaw(value);
	if (f->type == BODY_EMAIL &&
	    !address_public(json_object_get_string(value)))
		return is_ascii(json_object_get_string(value)) ? ADDRESS
							       : FOREIGN;
	if ((f->flags & BODY_FILLED) != 0 &&
	    *json_object_get_string(value) == '\0')
		return EMPTY;
	return VALID;
}

static bool
has_null(enum body_type type)
{
	return type == BODY_STRING_OR_NULL || type == BODY_WHOLE_OR_NULL ||
	    type == BODY_FILE;
}

/*
 * Distinguishes a missing value, null and a wrong type. A handler never
 * receives null for a member whose type excludes it.
 */
static enum flaw
find_flaw(const struct body_field *f, struct json_object *value, bool present)
{
	if (!present)
		return (f->flags & BODY_REQUIRED) != 0 ? MISSING : VALID;
	if (value == NULL)
		return has_null(f->type) ? VALID : NULLED;
	return value_flaw(f, value);
}

/* Finds "name", or "one.two" in a nested object. */
static struct json_object *
find_member(
    struct arena *a, struct json_object *body, const char *name, bool *present)
{
	const char *dot = strchr(name, '.');
	struct json_object *record;

	if (dot == NULL)
		return json_get(body, name, present);
	record = json_get(
	    body, arena_strndup(a, name, (size_t)(dot - name)), present);
	*present = false;
	return json_object_is_type(record, json_type_object)
	    ? json_get(record, dot + 1, present)
	    : NULL;
}

/* Records all errors in field order, as Better Auth does. */
enum problem_code
body_check_better_auth(struct request *rq, struct json_object *body)
{
	const struct body_field *f = rq->route->body;
	struct json_object *value;
	bool present;
	struct buf b;

	buf_init(&b, rq->arena);
	for (; f != NULL && f->name != NULL; f++) {
		value = find_member(rq->arena, body, f->name, &present);
		enum flaw flaw = find_flaw(f, value, present);

		if (flaw == VALID)
			continue;
		buf_printf(&b, "%s[body.%s] ", b.len > 0 ? "; " : "", f->name);
		if (flaw == ADDRESS)
			buf_puts(&b, "Invalid email address");
		else if (flaw == FOREIGN)
			buf_puts(
			    &b, "Invalid email address: it " FOREIGN_ADDRESS);
		else if (flaw == EMPTY)
			buf_puts(&b,
			    "Too small: expected string to have >=1 "
			    "characters");
		else if (flaw == ROLE || flaw == PERMISSION ||
		    (flaw == NULLED && f->type == BODY_ROLE))
			buf_puts(&b, "Invalid input");
		else
			buf_printf(&b,
			    "Invalid input: expected %s, received %s",
			    type_name(f->type), body_type_name(value, present));
	}
	return b.len == 0 ? PROBLEM_NONE
			  : request_fail(rq, PROBLEM_INVALID, "%s", b.data);
}

static const struct body_field *
find_field(const struct body_field *f, const char *name)
{
	for (; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* Returns the expected value in words, for errors outside /api/auth. */
static const char *
expected_value(enum body_type type)
{
	switch (type) {
	case BODY_BOOLEAN:
		return "true or false";
	case BODY_NUMBER:
		return "a number";
	case BODY_WHOLE:
	case BODY_WHOLE_OR_NULL:
		return "a whole number";
	case BODY_RECORD:
	case BODY_OBJECT:
	case BODY_PERMISSION:
		return "an object";
	case BODY_FILE:
		return "an object or a URL";
	case BODY_STRINGS:
	case BODY_LIST:
		return "a list";
	default:
		return "text";
	}
}

long
body_field_most(const struct body_field *f)
{
	const bool text = f->type == BODY_STRING ||
	    f->type == BODY_STRING_OR_NULL || f->type == BODY_EMAIL;

	if (!text || (f->flags & BODY_LONG) != 0)
		return 0;
	return f->flags >> 8 != 0 ? (long)(f->flags >> 8) : BODY_TEXT_MAX;
}

static bool
is_too_long(const struct body_field *f, struct json_object *value)
{
	const long most = body_field_most(f);

	return most > 0 && json_object_is_type(value, json_type_string) &&
	    utf8_length(json_object_get_string(value)) > most;
}

/* Records each element of a list that is not a text. */
static void
check_elements(
    struct request *rq, const struct body_field *f, struct json_object *list)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (!json_object_is_type(
			json_object_array_get_idx(list, i), json_type_string))
			request_fault(rq, "wrong_type",
			    arena_printf(rq->arena, "%s.%zu", f->name, i),
			    expected_value(BODY_STRING));
}

/*
 * Finds the next name in route.either, and moves past it. Sets *ends if the
 * name is the last one of its group. Returns the length of the name, or 0 after
 * the last name.
 */
static size_t
next_name(const char **at, bool *ends)
{
	size_t len;

	*at += strspn(*at, ", ");
	len = strcspn(*at, ", ");
	*ends = (*at)[len] != ' ';
	return len;
}

bool
body_field_replaceable(const struct route *route, const char *name)
{
	const char *at = route->either;
	size_t len;
	bool ends;

	for (; at != NULL && (len = next_name(&at, &ends)) > 0; at += len)
		if (strlen(name) == len && strncmp(name, at, len) == 0)
			return true;
	return false;
}

/* Records a fault for each group of which the body contains no member. */
static void
check_either(struct request *rq, struct json_object *body)
{
	const char *at = rq->route->either, *first = NULL, *name;
	bool ends, present, has = false;
	size_t len;

	for (; at != NULL && (len = next_name(&at, &ends)) > 0; at += len) {
		name = arena_strndup(rq->arena, at, len);
		first = first != NULL ? first : name;
		(void)json_get(body, name, &present);
		has = has || present;
		if (!ends)
			continue;
		if (!has)
			request_fault(rq, "required", first);
		first = NULL;
		has = false;
	}
}

/* Lists the members of the route's body that are similar to a name. */
static const char *
known_names(struct request *rq, const char *name)
{
	const struct body_field *f = rq->route->body;
	struct nearest n;

	nearest_begin(&n, rq->arena, name);
	for (; f != NULL && f->name != NULL; f++)
		nearest_add(&n, f->name);
	return nearest_hint(&n);
}

/*
 * Checks the body of a route outside /api/auth. A wrong type is
 * PROBLEM_MALFORMED (400), as in CRM rows.
 */
enum problem_code
body_check(struct request *rq, struct json_object *body)
{
	static const char *const refusals[] = {
		[MISSING] = "required",
		[NULLED] = "null_value",
		[TYPE] = NULL,
		[ADDRESS] = "not_an_address_of_mail",
		[FOREIGN] = "address_foreign",
		[EMPTY] = "empty_text",
		[ROLE] = "role_or_roles",
		[PERMISSION] = "lists_of_actions",
	};
	const struct body_field *f = rq->route->body;
	struct json_object *value;
	bool present;

	for (; f != NULL && f->name != NULL; f++) {
		value = json_get(body, f->name, &present);
		enum flaw flaw = find_flaw(f, value, present);

		if (flaw == TYPE)
			request_fault(
			    rq, "wrong_type", f->name, expected_value(f->type));
		else if (flaw != VALID && f->type == BODY_STRINGS &&
		    value != NULL)
			check_elements(rq, f, value);
		else if (flaw != VALID)
			request_fault(rq, refusals[flaw], f->name);
		else if (is_too_long(f, value))
			request_fault(rq, "too_many_characters", f->name,
			    request_number(rq, body_field_most(f)));
		else if ((rq->route->flags & ROUTE_CHECKS) == 0)
			shape_check(rq, f->name,
			    shape_member(rq->route->shape, f->name), value);
	}
	check_either(rq, body);
	json_object_object_foreach(body, name, member)
	{
		(void)member;
		if (find_field(rq->route->body, name) == NULL)
			request_fault(
			    rq, "unknown_member", name, known_names(rq, name));
	}
	return rq->problem.code;
}
