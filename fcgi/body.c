#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "body.h"
#include "buf.h"
#include "json.h"
#include "origin.h"
#include "request.h"
#include "router.h"
#include "value.h"
#include "wire.h"

static const char form_type[] = "application/x-www-form-urlencoded";

bool
body_email(const char *s)
{
	const char *at = strrchr(s, '@'), *dot, *p;

	for (p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) &&
		    strchr("!#$%&'*+-/=?^_`{|}~.@", *p) == NULL)
			return false;
	if (at == NULL || at == s || strchr(s, '@') != at || p - s > 254 ||
	    at - s > 64 || *s == '.' || at[-1] == '.' ||
	    strstr(s, "..") != NULL)
		return false;
	dot = strrchr(at, '.');
	if (dot == NULL || dot == at + 1 || strlen(dot + 1) < 2)
		return false;
	for (p = at + 1; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			return false;
	return true;
}

const char *
body_whole(const struct json_object *body, const char *name)
{
	bool present;
	struct json_object *value = json_get(body, name, &present);

	return value != NULL ? value_scalar(value) : NULL;
}

const char *
body_roles(struct request *rq, const struct json_object *body, const char *name)
{
	struct json_object *role;
	struct buf b;
	bool present;
	size_t i;

	role = json_get(body, name, &present);
	if (!json_object_is_type(role, json_type_array))
		return json_get_text(body, name);
	buf_init(&b, rq->arena);
	for (i = 0; i < json_object_array_length(role); i++)
		buf_printf(&b, "%s%s", i > 0 ? "," : "",
		    json_object_get_string(json_object_array_get_idx(role, i)));
	return b.data;
}

static const char *
type_name(struct json_object *value, bool present)
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
	const char *got = type_name(value, present);
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
	if (f->type == BODY_EMAIL && !body_email(json_object_get_string(value)))
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
static enum problem_code
check_on_wire(struct request *rq, struct json_object *body)
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
			    wanted(f->type), type_name(value, present));
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
static enum problem_code
check_elsewhere(struct request *rq, struct json_object *body)
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

/* "a=1&b=2" as the JSON object of texts that it stands for, or NULL. */
static const char *
form_json(struct arena *a, const char *s, size_t *len)
{
	const char *name, *value, *sep = "";
	size_t n, name_len;
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "{");
	for (; *s != '\0'; s += n + (s[n] == '&')) {
		n = strcspn(s, "&");
		if (n == 0)
			continue;
		name_len = strcspn(s, "=&");
		name = request_decode(a, s, name_len);
		value = s[name_len] == '='
		    ? request_decode(a, s + name_len + 1, n - name_len - 1)
		    : "";
		if (name == NULL || value == NULL)
			return NULL;
		buf_puts(&b, sep);
		sep = ",";
		buf_json(&b, name);
		buf_puts(&b, ":");
		buf_json(&b, value);
	}
	buf_puts(&b, "}");
	*len = b.len;
	return b.data;
}

static struct json_object *
parse(struct request *rq, struct json_error *error)
{
	const char *type = rq->headers.content_type, *text = rq->body;
	size_t len = rq->body_len;

	if ((rq->route->flags & ROUTE_FORM) != 0 &&
	    strncasecmp(type, form_type, sizeof form_type - 1) == 0 &&
	    (memchr(text, '\0', len) != NULL ||
		(text = form_json(rq->arena, text, &len)) == NULL)) {
		error->what = "not a form";
		return NULL;
	}
	return json_parse(rq->arena, text, len, error);
}

static bool
may_be_absent(const struct body_field *f)
{
	for (; f != NULL && f->name != NULL; f++)
		if (f->required)
			return false;
	return true;
}

static enum problem_code
read_on_wire(struct request *rq, struct json_object **body)
{
	struct json_error error = { 0 };
	enum problem_code err;

	*body = parse(rq, &error);
	if (rq->body_len > 0 && error.what != NULL)
		return request_fail(
		    rq, PROBLEM_MALFORMED, "Invalid JSON in request body");
	if (!json_object_is_type(*body, json_type_object))
		return request_fail(rq, PROBLEM_INVALID,
		    "[body] Invalid input: expected object, received %s",
		    type_name(*body, rq->body_len > 0));
	if ((err = origin_check_urls(rq, *body)) != PROBLEM_NONE)
		return err;
	return check_on_wire(rq, *body);
}

enum problem_code
body_read(struct request *rq, struct json_object **body)
{
	enum problem_code err;

	if (rq->body_len == 0 && may_be_absent(rq->route->body)) {
		json_own(rq->arena, *body = json_object_new_object());
		return PROBLEM_NONE;
	}
	if (wire_speaks(rq))
		return read_on_wire(rq, body);
	if ((err = request_json(rq, body)) != PROBLEM_NONE)
		return err;
	return check_elsewhere(rq, *body);
}
