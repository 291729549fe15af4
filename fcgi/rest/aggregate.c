/* Aggregates the rows of a resource: counts, sums and others, by group. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/response.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/page.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define GROUPED_MAX   4 /* grouping columns */
#define VALUES_MAX    10
#define GROUPS_MAX    1000
#define GROUPS_BEYOND "1001"

/* Days and longer units start at midnight in the organization's time zone. */
#define ZONE "(SELECT crm.time_zone())"

/* The parts of "sum:amount". */
struct expression {
	const char *first;
	const char *second; /* NULL without a colon */
};

static struct expression
split_expression(struct arena *a, const char *text)
{
	size_t len = strcspn(text, ":");

	return (struct expression){ arena_strndup(a, text, len),
		text[len] == ':' ? text + len + 1 : NULL };
}

/* Reads a list of strings; *list is NULL if the parameter is missing. */
static enum problem_code
read_list(struct request *rq, const char *param, size_t most,
    struct json_object **list)
{
	enum problem_code err;
	size_t i;

	err = param_json(rq, param, list);
	if (err != PROBLEM_NONE || *list == NULL)
		return err;
	if (json_object_array_length(*list) > most)
		return request_refuse(
		    rq, "too_many_elements", param, request_number(rq, most));
	for (i = 0; i < json_object_array_length(*list); i++)
		if (!json_object_is_type(
			json_object_array_get_idx(*list, i), json_type_string))
			return request_refuse(rq, "list_of_strings", param);
	return PROBLEM_NONE;
}

static enum problem_code
refuse_expression(struct request *rq, const char *param, const char *what)
{
	return request_refuse(
	    rq, "not_aggregated", param, rq->route->resource->name, what);
}

static bool
list_contains(const char *const *words, const char *expression)
{
	while (*words != NULL && strcmp(*words, expression) != 0)
		words++;
	return *words != NULL;
}

/* Writes "stage", or "created_at:month" as date_trunc(). */
static enum problem_code
put_group(struct request *rq, struct statement *s, const char *text)
{
	static const char *const units[] = { "hour", "day", "week", "month",
		"quarter", "year", NULL };
	struct expression w = split_expression(rq->arena, text);
	const struct column *c;
	enum problem_code err;
	bool date;

	if ((err = custom_fields_column(rq, w.first, &c)) != PROBLEM_NONE)
		return err;
	if (c == NULL || !value_ordered(c->type))
		return refuse_expression(rq, "group", text);
	date = c->type == VALUE_DATE;
	if (w.second == NULL) {
		column_put(&s->text, "t", c);
		buf_printf(&s->text, " AS \"%s\"", c->name);
		return PROBLEM_NONE;
	}
	if ((!date && c->type != VALUE_TIMESTAMP) ||
	    !list_contains(units, w.second) ||
	    (date && strcmp(w.second, "hour") == 0))
		return refuse_expression(rq, "group", text);
	buf_printf(&s->text, "date_trunc('%s', ", w.second);
	column_put(&s->text, "t", c);
	if (strcmp(w.second, "hour") == 0)
		buf_puts(&s->text, ", " ZONE ")");
	else
		buf_printf(&s->text, "%s)::date",
		    date ? "::timestamp" : " AT TIME ZONE " ZONE);
	buf_printf(&s->text, " AS \"%s_%s\"", c->name, w.second);
	return PROBLEM_NONE;
}

/* Writes "count" or "sum:amount". */
static enum problem_code
put_value(struct request *rq, struct statement *s, const char *text)
{
	static const char *const numeric[] = { "sum", "avg", NULL };
	static const char *const ordered[] = { "min", "max", NULL };
	struct expression w = split_expression(rq->arena, text);
	const struct column *c = NULL;
	enum problem_code err;
	bool number;

	if (w.second != NULL &&
	    (err = custom_fields_column(rq, w.second, &c)) != PROBLEM_NONE)
		return err;
	number = c != NULL &&
	    (c->type == VALUE_BIGINT || c->type == VALUE_SMALLINT ||
		c->type == VALUE_NUMERIC);
	if (strcmp(text, "count") == 0) {
		buf_puts(&s->text, "count(*) AS count");
		return PROBLEM_NONE;
	}
	if (c == NULL ||
	    !(list_contains(numeric, w.first)
		    ? number
		    : list_contains(ordered, w.first) &&
			value_ordered(c->type) && c->type != VALUE_BOOLEAN))
		return refuse_expression(rq, "values", text);
	buf_printf(&s->text, "%s(", w.first);
	column_put(&s->text, "t", c);
	buf_printf(&s->text, ")%s AS \"%s_%s\"",
	    strcmp(w.first, "avg") == 0 ? "::double precision" : "", w.first,
	    c->name);
	return PROBLEM_NONE;
}

typedef enum problem_code put_fn(
    struct request *, struct statement *, const char *);

/* Writes a list; duplicates are refused, as their columns share a name. */
static enum problem_code
put_all(struct request *rq, struct statement *s, const char *param,
    struct json_object *list, put_fn *put)
{
	size_t i, j, n = list != NULL ? json_object_array_length(list) : 0;
	enum problem_code err;
	const char *text;

	for (i = 0; i < n; i++) {
		text =
		    json_object_get_string(json_object_array_get_idx(list, i));
		for (j = 0; j < i; j++)
			if (strcmp(text,
				json_object_get_string(
				    json_object_array_get_idx(list, j))) == 0)
				return request_refuse(
				    rq, "given_twice", param, text);
		if ((err = put(rq, s, text)) != PROBLEM_NONE)
			return err;
		buf_puts(&s->text, ", ");
	}
	return PROBLEM_NONE;
}

/* " GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ..." */
static void
put_end(struct statement *s, size_t ngrouped)
{
	const char *words[] = { " GROUP BY ", " ORDER BY " };
	size_t i, n;

	for (i = 0; ngrouped > 0 && i < 2; i++)
		for (n = 1; n <= ngrouped; n++)
			buf_printf(
			    &s->text, "%s%zu", n == 1 ? words[i] : ", ", n);
	buf_puts(&s->text, " LIMIT " GROUPS_BEYOND ") g");
}

/*
 * Writes the statement, and the step of the filter's search.  WHERE is built
 * first, because filter_put() numbers its parameters from $1, and its text is
 * appended at the end.
 */
static enum problem_code
put_statement(struct request *rq, struct db_step *search, struct db_step *step)
{
	const struct resource *r = rq->route->resource;
	struct json_object *filter, *group, *values;
	struct statement where, s;
	enum problem_code err;

	statement_init(&where, rq->arena);
	if ((err = param_json(rq, "filter", &filter)) != PROBLEM_NONE ||
	    (err = read_list(rq, "group", GROUPED_MAX, &group)) !=
		PROBLEM_NONE ||
	    (err = read_list(rq, "values", VALUES_MAX, &values)) !=
		PROBLEM_NONE ||
	    (err = filter_put(rq, &where, filter, search)) != PROBLEM_NONE)
		return err;
	s = where;
	buf_init(&s.text, rq->arena);
	buf_puts(&s.text,
	    "SELECT coalesce(json_agg(g), '[]')::text, count(*) FROM (SELECT ");
	if ((err = put_all(rq, &s, "group", group, put_group)) !=
		PROBLEM_NONE ||
	    (values != NULL && json_object_array_length(values) > 0 &&
		(err = put_all(rq, &s, "values", values, put_value)) !=
		    PROBLEM_NONE))
		return err;
	if (values == NULL || json_object_array_length(values) == 0)
		buf_puts(&s.text, "count(*) AS count");
	else
		s.text.len -= 2; /* the last comma */
	buf_printf(
	    &s.text, " FROM %s t%s", page_source(r, filter), where.text.data);
	put_end(&s, group != NULL ? json_object_array_length(group) : 0);
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

enum problem_code
resource_aggregate(struct request *rq, struct response *rs)
{
	struct db_step steps[3] = {
		{ .sql = SQL("SELECT set_config('statement_timeout', '3s', "
			     "true)") },
	};
	enum problem_code err;
	struct db_step *found;
	size_t n = 1;

	if ((err = saved_view_apply(rq)) != PROBLEM_NONE ||
	    (err = put_statement(rq, &steps[1], &steps[2])) != PROBLEM_NONE)
		return err;
	if (steps[1].sql.text != NULL)
		n++;
	steps[n] = steps[2];
	found = &steps[n++];
	err = session_read(rq, steps, n);
	if (err == PROBLEM_TIMEOUT) {
		rq->problem = (struct problem){ 0 };
		return request_refuse(rq, "query_too_long", "filter");
	}
	if (err != PROBLEM_NONE)
		return err;
	if (strtol(db_text(found, 0, 1), NULL, 10) > GROUPS_MAX)
		return request_refuse(rq, "too_many_groups_of_result", "group",
		    request_number(rq, GROUPS_MAX));
	return response_row(rq, rs, 200, found);
}
