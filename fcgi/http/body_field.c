/* Checks the members of a JSON body against the fields of its route. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body_field.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/db/value.h"

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

enum flaw { FITS, MISSING, TYPE, ADDRESS, EMPTY, ROLE, PERMISSION };

static bool
texts(struct json_object *value)
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
	return json_object_is_type(value, json_type_string) || texts(value)
	    ? FITS
	    : ROLE;
}

static enum flaw
permission_flaw(struct json_object *value)
{
	json_object_object_foreach(value, name, actions)
	{
		(void)name;
		if (!texts(actions))
			return PERMISSION;
	}
	return FITS;
}

/* What the type is called on the wire. */
static const char *
wanted(enum body_type type)
{
	switch (type) {
	case BODY_BOOLEAN:
		return "boolean";
	case BODY_NUMBER:
		return "number";
	case BODY_WHOLE:
		return "whole number";
	case BODY_RECORD:
	case BODY_PERMISSION:
		return "record";
	case BODY_STRINGS:
	case BODY_LIST:
		return "array";
	default:
		return "string";
	}
}

static enum flaw
find_flaw(const struct body_field *f, struct json_object *value, bool present)
{
	const char *got = body_type_name(value, present);
	const char *want = wanted(f->type);

	if (!present && !f->required)
		return FITS;
	if (f->type == BODY_ROLE)
		return role_flaw(value);
	if (f->type == BODY_WHOLE)
		return value == NULL                  ? MISSING
		    : value_fits(VALUE_BIGINT, value) ? FITS
						      : TYPE;
	if ((f->type == BODY_STRING_OR_NULL || f->type == BODY_FILE) &&
	    present && value == NULL)
		return FITS;
	if (f->type == BODY_FILE &&
	    json_object_is_type(value, json_type_object))
		return FITS;
	if (strcmp(want, "record") == 0)
		want = "object";
	if (strcmp(got, want) != 0)
		return present ? TYPE : MISSING;
	if (f->type == BODY_PERMISSION)
		return permission_flaw(value);
	if (f->type == BODY_STRINGS)
		return role_flaw(value);
	if (f->type == BODY_EMAIL &&
	    !address_signs_in(json_object_get_string(value)))
		return ADDRESS;
	if (f->filled && *json_object_get_string(value) == '\0')
		return EMPTY;
	return FITS;
}

/* The member, or "one.two", that of a member; no member is required there. */
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

/* Every complaint in the order of the fields, joined by "; ". */
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

		if (flaw == FITS)
			continue;
		buf_printf(&b, "%s[body.%s] ", b.len > 0 ? "; " : "", f->name);
		if (flaw == ADDRESS)
			buf_puts(&b, "Invalid email address");
		else if (flaw == EMPTY)
			buf_puts(&b,
			    "Too small: expected string to have >=1 "
			    "characters");
		else if (flaw == ROLE || flaw == PERMISSION)
			buf_puts(&b, "Invalid input");
		else
			buf_printf(&b,
			    "Invalid input: expected %s, received %s",
			    wanted(f->type), body_type_name(value, present));
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

/* The same for a person, outside the wire. */
static const char *
wanted_in_words(enum body_type type)
{
	switch (type) {
	case BODY_BOOLEAN:
		return "true or false";
	case BODY_NUMBER:
		return "a number";
	case BODY_WHOLE:
		return "a whole number";
	case BODY_RECORD:
	case BODY_PERMISSION:
		return "an object";
	case BODY_FILE:
		return "an object or an address";
	case BODY_STRINGS:
	case BODY_LIST:
		return "a list";
	default:
		return "text";
	}
}

/*
 * The first member that does not fit, or that nobody told of.  Null is as
 * good as nothing; another type is malformed, as it is in a row.
 */
enum problem_code
body_check(struct request *rq, struct json_object *body)
{
	static const char *const says[] = {
		[MISSING] = "is missing",
		[TYPE] = NULL,
		[ADDRESS] = "is not an e-mail address",
		[EMPTY] = "must not be empty",
		[ROLE] = "must be a role or a list of roles",
		[PERMISSION] = "must hold lists of actions",
	};
	const struct body_field *f = rq->route->body;
	struct json_object *value;
	bool present;

	for (; f != NULL && f->name != NULL; f++) {
		value = json_get(body, f->name, &present);
		if (value == NULL && !f->required)
			continue;
		enum flaw flaw = find_flaw(f, value, value != NULL);

		if (flaw == TYPE)
			return request_fail_field(rq, PROBLEM_MALFORMED,
			    f->name, "must be %s", wanted_in_words(f->type));
		if (flaw != FITS)
			return request_fail_field(
			    rq, PROBLEM_INVALID, f->name, "%s", says[flaw]);
	}
	json_object_object_foreach(body, name, member)
	{
		(void)member;
		if (find_field(rq->route->body, name) == NULL)
			return request_fail_field(rq, PROBLEM_INVALID, name,
			    "there is no such member");
	}
	return PROBLEM_NONE;
}
