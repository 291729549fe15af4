/* Reads a request's JSON or form body. */

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body.h"
#include "fcgi/http/origin.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/db/value.h"

static const char form_type[] = "application/x-www-form-urlencoded";

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

/*
 * Converts "a=1&b=2" to a JSON object of strings. Returns NULL if the text is
 * malformed.
 */
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
		name = url_decode_form(a, s, name_len);
		value = s[name_len] == '='
		    ? url_decode_form(a, s + name_len + 1, n - name_len - 1)
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
parse_body(struct request *rq, struct json_error *error)
{
	const char *type = rq->headers.content_type, *text = rq->body;
	size_t len = rq->body_len;

	if ((rq->route->flags & ROUTE_FORM) != 0 &&
	    strncasecmp(type, form_type, sizeof form_type - 1) == 0 &&
	    (memchr(text, '\0', len) != NULL ||
		(text = form_json(rq->arena, text, &len)) == NULL)) {
		error->what = "not a urlencoded form";
		return NULL;
	}
	return json_parse(rq->arena, text, len, error);
}

static bool
is_optional(const struct route *route)
{
	const struct body_field *f = route->body;

	if (route->either != NULL)
		return false;
	for (; f != NULL && f->name != NULL; f++)
		if ((f->flags & BODY_REQUIRED) != 0)
			return false;
	return true;
}

static enum problem_code
read_better_auth(struct request *rq, struct json_object **body)
{
	struct json_error error = { 0 };
	enum problem_code err;

	*body = parse_body(rq, &error);
	if (rq->body_len > 0 && error.what != NULL)
		return request_refuse(rq, "body_json_invalid");
	if (!json_object_is_type(*body, json_type_object))
		return request_fail(rq, PROBLEM_INVALID,
		    "[body] Invalid input: expected object, received %s",
		    body_type_name(*body, rq->body_len > 0));
	if ((err = origin_check_urls(rq, *body)) != PROBLEM_NONE)
		return err;
	return body_check_better_auth(rq, *body);
}

enum problem_code
body_read(struct request *rq, struct json_object **body)
{
	enum problem_code err;

	if (rq->body_len == 0 && is_optional(rq->route)) {
		json_own(rq->arena, *body = json_object_new_object());
		return PROBLEM_NONE;
	}
	if (better_auth_path(rq))
		return read_better_auth(rq, body);
	if ((err = request_json(rq, body)) != PROBLEM_NONE)
		return err;
	return body_check(rq, *body);
}
