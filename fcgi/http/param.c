/* Reads and checks parameters of the query string. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

bool
param_is_whole(const char *value, size_t digits)
{
	size_t len;

	if (value == NULL)
		return true;
	len = strlen(value);
	return len > 0 && len <= digits && strspn(value, "0123456789") == len;
}

const char *
param_limit(const char *value, const char *most)
{
	return value != NULL &&
		strtoll(value, NULL, 10) < strtoll(most, NULL, 10)
	    ? value
	    : most;
}

enum problem_code
param_word(struct request *rq, const char *name, const char *const *words,
    const char **value)
{
	const char *const *w;
	struct buf b;

	if ((*value = request_param(rq, name)) == NULL)
		return PROBLEM_NONE;
	buf_init(&b, rq->arena);
	for (w = words; *w != NULL; w++) {
		if (strcmp(*value, *w) == 0)
			return PROBLEM_NONE;
		buf_printf(&b, "%s\"%s\"", b.len > 0 ? "|" : "", *w);
	}
	return request_fail(rq, PROBLEM_INVALID,
	    "[query.%s] Invalid option: expected one of %s", name, b.data);
}

enum problem_code
param_number(struct request *rq, const char *name, const char **value)
{
	*value = request_param(rq, name);
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
	for (i = 0; i < rq->nparams; i++)
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
