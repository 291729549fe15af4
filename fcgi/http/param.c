/* Reads and checks query string parameters. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

const struct query_param session_params[] = {
	{ "orgId", PARAM_TEXT,
	    "the ID of an organization of the caller (default: the "
	    "active organization)",
	    NULL },
	{ .name = NULL },
};

static const struct query_param *
find_row(const struct query_param *row, const char *name)
{
	while (row != NULL && row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row != NULL && row->name != NULL ? row : NULL;
}

/* Returns the parameter's row in the table of the request's route, or NULL. */
static const struct query_param *
param_row(const struct request *rq, const char *name)
{
	const struct query_param *row = find_row(rq->route->params, name);

	return row == NULL && rq->route->need != SESSION_NONE
	    ? find_row(session_params, name)
	    : row;
}

const char *
param_text(const struct request *rq, const char *name)
{
	return param_row(rq, name) != NULL ? request_param(rq, name) : NULL;
}

enum problem_code
param_check(struct request *rq, const char *name, enum value_type type)
{
	const char *text = param_text(rq, name);

	if (text == NULL || value_text_fits(type, text))
		return PROBLEM_NONE;
	return request_refuse(rq, "wrong_type", name, value_wanted(type));
}

bool
param_allowed(const struct request *rq, const char *name)
{
	const struct query_param *row = param_row(rq, name);
	const char *value = param_text(rq, name);
	const char *const *w;

	if (value == NULL)
		return true;
	for (w = row->words; *w != NULL; w++)
		if (strcmp(value, *w) == 0)
			return true;
	return false;
}

enum problem_code
param_refuse(struct request *rq, enum problem_code code, const char *name)
{
	const char *const *w = param_row(rq, name)->words;
	struct buf b;

	buf_init(&b, rq->arena);
	for (; *w != NULL; w++)
		buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", *w);
	return request_refuse(rq,
	    code == PROBLEM_INVALID ? "not_among_values"
				    : "param_not_among_values",
	    name, b.data);
}

enum problem_code
param_json(struct request *rq, const char *name, struct json_object **value)
{
	const char *text = param_text(rq, name);
	const struct query_param *row = param_row(rq, name);
	struct json_error error;
	bool array = row->type != PARAM_OBJECT;

	*value = NULL;
	if (text == NULL || *text == '\0')
		return PROBLEM_NONE;
	*value = json_parse(rq->arena, text, strlen(text), &error);
	if (error.what != NULL)
		return request_refuse(rq, "param_not_json", name, error.what,
		    request_number(rq, error.offset), row->about);
	if (!json_object_is_type(
		*value, array ? json_type_array : json_type_object))
		return request_refuse(rq,
		    array ? "array_required" : "json_object_required", name,
		    row->about);
	return PROBLEM_NONE;
}

bool
param_is_whole(const char *value, size_t digits)
{
	size_t len;

	if (value == NULL)
		return true;
	len = strlen(value);
	return len > 0 && len <= digits && strspn(value, "0123456789") == len;
}

enum problem_code
param_check_count(struct request *rq, const char *name, const char *most)
{
	const char *text = param_text(rq, name);
	long n = text != NULL ? strtol(text, NULL, 10) : 1;

	if (param_is_whole(text, PARAM_BIGINT) && n >= 1 &&
	    n <= strtol(most, NULL, 10))
		return PROBLEM_NONE;
	return request_refuse(rq, "number_from_1", name, most);
}

enum problem_code
param_word(struct request *rq, const char *name, const char **value)
{
	const char *const *w;
	struct buf b;

	*value = param_text(rq, name);
	if (param_allowed(rq, name))
		return PROBLEM_NONE;
	buf_init(&b, rq->arena);
	for (w = param_row(rq, name)->words; *w != NULL; w++)
		buf_printf(&b, "%s\"%s\"", b.len > 0 ? "|" : "", *w);
	return request_fail(rq, PROBLEM_INVALID,
	    "[query.%s] Invalid option: expected one of %s", name, b.data);
}

enum problem_code
param_number(struct request *rq, const char *name, const char **value)
{
	*value = param_text(rq, name);
	if (*value != NULL && **value == '\0')
		*value = NULL;
	if (param_is_whole(*value, PARAM_INTEGER))
		return PROBLEM_NONE;
	return request_fail(rq, PROBLEM_INVALID,
	    "[query.%s] Invalid input: expected number, received string", name);
}

const char *
param_list(struct request *rq, const char *name)
{
	struct buf b;
	size_t i;

	buf_init(&b, rq->arena);
	for (i = 0; param_row(rq, name) != NULL && i < rq->nparams; i++)
		if (strcmp(rq->params[i].name, name) == 0) {
			buf_puts(&b, b.len > 0 ? "," : "[");
			buf_json(&b, rq->params[i].value);
		}
	if (b.len == 0)
		return NULL;
	buf_puts(&b, "]");
	return b.data;
}

void
param_put(struct request *rq, const char *name, const char *value)
{
	struct param *params =
	    arena_array(rq->arena, rq->nparams + 1, sizeof *params);

	params[0] = (struct param){ name, value };
	memcpy(params + 1, rq->params, rq->nparams * sizeof *params);
	rq->params = params;
	rq->nparams++;
}
