#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/condition.h"
#include "fcgi/rest/filter.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define NESTED_MAX     4
#define CONDITIONS_MAX 50

/* A filter while it is written. */
struct filter {
	struct request *rq;
	struct statement *s;
	struct db_step *search;
	int conditions; /* so far */
};

/*
 * The ids that the search function finds.  It is asked by a step of its own
 * and the setting remembers: the page and its count would both ask.  The text
 * is read as an array once, in a sub-select; a cast would be for each row.
 */
static enum problem_code
put_search(struct filter *f, struct json_object *value)
{
	const char *search = f->rq->route->resource->search;
	const char *text = value_scalar(value);
	struct statement s;

	if (search == NULL)
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "q",
		    "%s cannot be searched", f->rq->route->resource->name);
	if (text == NULL)
		return request_fail_field(
		    f->rq, PROBLEM_MALFORMED, "q", "the filter wants text");
	if (condition_too_long(text))
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "q",
		    "at most %d words", WORDS_MAX);
	if (f->search->sql.text != NULL)
		return request_fail_field(
		    f->rq, PROBLEM_MALFORMED, "q", "only once in a filter");
	statement_init(&s, f->rq->arena);
	buf_printf(&s.text, "SELECT set_config('app.found', %s(", search);
	statement_value(&s, text, "text");
	buf_puts(&s.text, ")::text, true)");
	*f->search = statement_step(&s);
	buf_puts(&f->s->text,
	    "t.id = ANY (ARRAY(SELECT pg_catalog.unnest("
	    "current_setting('app.found')::bigint[])))");
	return PROBLEM_NONE;
}

static enum problem_code put_members(
    struct filter *, struct json_object *, const char *word, int depth);

/* "@or" or "@and": the members of an object, or of each object of a list. */
static enum problem_code
put_group(
    struct filter *f, const char *key, struct json_object *value, int depth)
{
	const char *word = strcmp(key, "@or") == 0 ? " OR " : " AND ";
	enum problem_code err = PROBLEM_NONE;
	size_t i, n;

	if (depth == NESTED_MAX)
		return request_fail_field(
		    f->rq, PROBLEM_MALFORMED, key, "nested too deep");
	if (json_object_is_type(value, json_type_object))
		return put_members(f, value, word, depth + 1);
	if (!json_object_is_type(value, json_type_array) ||
	    (n = json_object_array_length(value)) == 0)
		return request_fail_field(f->rq, PROBLEM_MALFORMED, key,
		    "the filter wants an object of conditions");
	buf_puts(&f->s->text, "(");
	for (i = 0; i < n && err == PROBLEM_NONE; i++) {
		buf_puts(&f->s->text, i > 0 ? word : "");
		err = put_members(
		    f, json_object_array_get_idx(value, i), " AND ", depth + 1);
	}
	buf_puts(&f->s->text, ")");
	return err;
}

static enum problem_code
put_member(
    struct filter *f, const char *key, struct json_object *value, int depth)
{
	if (strcmp(key, "@or") == 0 || strcmp(key, "@and") == 0)
		return put_group(f, key, value, depth);
	if (++f->conditions > CONDITIONS_MAX)
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "filter",
		    "at most %d conditions", CONDITIONS_MAX);
	return strcmp(key, "q") == 0 ? put_search(f, value)
				     : condition_put(f->rq, f->s, key, value);
}

static enum problem_code
put_members(
    struct filter *f, struct json_object *filter, const char *word, int depth)
{
	enum problem_code err;
	const char *sep = "";

	if (!json_object_is_type(filter, json_type_object))
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "filter",
		    "the filter wants an object of conditions");
	buf_puts(&f->s->text, "(");
	json_object_object_foreach(filter, key, value)
	{
		buf_puts(&f->s->text, sep);
		sep = word;
		if ((err = put_member(f, key, value, depth)) != PROBLEM_NONE)
			return err;
	}
	buf_puts(&f->s->text, *sep == '\0' ? "true)" : ")");
	return PROBLEM_NONE;
}

enum problem_code
filter_put(struct request *rq, struct statement *s, struct json_object *filter,
    struct db_step *search)
{
	struct filter f = { .rq = rq, .s = s, .search = search };

	*search = (struct db_step){ .nparams = 0 };
	if (filter == NULL || json_object_object_length(filter) == 0)
		return PROBLEM_NONE;
	buf_puts(&s->text, " WHERE ");
	return put_members(&f, filter, " AND ", 0);
}
