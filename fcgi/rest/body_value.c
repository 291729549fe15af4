/* Checks values in a body against the descriptions of their fields. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body_field.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/shape_check.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/condition.h"
#include "fcgi/rest/known_names.h"
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
		shape_check(rq, c->name, c->shape, value);
}

void
body_value_refuse(
    struct request *rq, const struct column *c, struct json_object *value)
{
	struct json_object *id;
	size_t i;

	if (c->type != VALUE_BIGINTS ||
	    !json_object_is_type(value, json_type_array)) {
		request_fault(rq, "wrong_type", c->name, value_wanted(c->type));
		return;
	}
	for (i = 0; i < json_object_array_length(value); i++) {
		id = json_object_array_get_idx(value, i);
		if (id == NULL || !value_fits(VALUE_BIGINT, id))
			request_fault(rq, "wrong_type",
			    body_value_path(
				rq, c->name, request_number(rq, (long)i)),
			    value_wanted(VALUE_BIGINT));
	}
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
				request_fault(rq, "member_unknown", member,
				    r->name, known_members(rq, r, name));
			continue;
		}
		at = *c;
		at.name = member;
		if (!value_fits(c->type, value))
			body_value_refuse(rq, &at, value);
		else
			body_value_check(rq, &at, value);
	}
}
