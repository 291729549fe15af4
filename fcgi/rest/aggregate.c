/*
 * Aggregates the rows of a resource: computes counts, sums and other aggregates
 * by group.
 */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/known_names.h"
#include "fcgi/rest/page.h"
#include "fcgi/rest/relation.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"
#include "schema/crm/time_zone.h"

#define GROUPED_MAX   4 /* grouping columns */
#define VALUES_MAX    10
#define HAVING_MAX    10
#define GROUPS_MAX    1000
#define GROUPS_BEYOND "1001"
#define OFFSET_MAX    1000000

static const char *const units[] = { "hour", "day", "week", "month", "quarter",
	"year", NULL };

/* A result column. */
struct output {
	const char *name; /* "sum_amount" */
	const char *type; /* SQL type */
};

struct aggregate {
	struct request *rq;
	const char *zone; /* value of the time_zone parameter, or NULL */
	struct output outputs[GROUPED_MAX + VALUES_MAX + 1];
	size_t noutputs, ngrouped;
	struct json_object *order; /* the sort parameter, or NULL */
	const char *sort;          /* an output's name, or NULL */
	bool down;
	bool ranged;
	long first, last;
};

/* The parts of an expression such as "sum:amount". */
struct expression {
	const char *first;
	const char *second; /* NULL if there is no colon */
};

static struct expression
split_expression(struct arena *a, const char *text)
{
	size_t len = strcspn(text, ":");

	return (struct expression){ arena_strndup(a, text, len),
		text[len] == ':' ? text + len + 1 : NULL };
}

/* Reads a list of strings. *list is NULL if the parameter is missing. */
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
refuse_group(struct request *rq, const char *what)
{
	return request_refuse(rq, "not_aggregated", "group",
	    rq->route->resource->name, what, known_groups(rq, what, units));
}

static bool
list_contains(const char *const *words, const char *expression)
{
	while (*words != NULL && strcmp(*words, expression) != 0)
		words++;
	return *words != NULL;
}

/* Ends an expression with its name, to which sort and having refer. */
static void
put_output(struct aggregate *g, struct statement *s, const char *name,
    const char *type)
{
	buf_printf(&s->text, " AS \"%s\"", name);
	g->outputs[g->noutputs++] = (struct output){ name, type };
}

/*
 * Finds a column of a related row. The expression of a column is for a row t,
 * so the related row also has this name, and the subquery o passes the ID on.
 */
static enum problem_code
find_related(struct request *rq, const struct relation *related,
    const struct column **found, const char **sql)
{
	const struct route *was = rq->route;
	struct route of = *was;
	enum problem_code err;
	struct buf b;

	of.resource = related->of;
	rq->route = &of;
	err = custom_fields_column(rq, related->rest, found);
	rq->route = was;
	if (err != PROBLEM_NONE || *found == NULL)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "(SELECT s.v FROM (SELECT %s AS id) o, LATERAL (SELECT ",
	    related->column);
	column_put(&b, "t", *found);
	buf_printf(&b, " AS v FROM %s t WHERE t.id = o.id) s)",
	    resource_source(related->of));
	*sql = b.data;
	return PROBLEM_NONE;
}

/*
 * Finds a column of the rows, or of a row to which they refer, as in
 * "company.sector", "company.custom.region" or "custom.machine.name". Sets *sql
 * to the expression.
 */
static enum problem_code
find_column(struct request *rq, const char *name, const struct column **found,
    const char **sql)
{
	struct relation related;
	enum problem_code err;
	struct buf b;

	*found = NULL;
	if ((err = relation_find(rq, name, NULL, &related)) != PROBLEM_NONE)
		return err;
	if (related.of != NULL)
		return strcmp(related.theirs, "id") == 0
		    ? find_related(rq, &related, found, sql)
		    : PROBLEM_NONE;
	err = custom_fields_column(rq, name, found);
	if (err != PROBLEM_NONE || *found == NULL)
		return err;
	buf_init(&b, rq->arena);
	column_put(&b, "t", *found);
	*sql = b.data;
	return PROBLEM_NONE;
}

/* Days and longer units start at midnight in the time zone. */
static void
put_zone(struct aggregate *g, struct statement *s)
{
	if (g->zone != NULL)
		statement_value(s, g->zone, "text");
	else
		buf_puts(&s->text, "(SELECT crm.time_zone())");
}

static void
put_truncated(struct aggregate *g, struct statement *s, const char *sql,
    const char *unit, bool date)
{
	buf_printf(&s->text, "date_trunc('%s', %s", unit, sql);
	if (strcmp(unit, "hour") == 0) {
		buf_puts(&s->text, ", ");
		put_zone(g, s);
		buf_puts(&s->text, ")");
		return;
	}
	if (date)
		buf_puts(&s->text, "::timestamp");
	else {
		buf_puts(&s->text, " AT TIME ZONE ");
		put_zone(g, s);
	}
	buf_puts(&s->text, ")::date");
}

/* Writes "stage", or date_trunc() for "created_at:month". */
static enum problem_code
put_group(struct aggregate *g, struct statement *s, const char *text)
{
	struct request *rq = g->rq;
	struct expression w = split_expression(rq->arena, text);
	const struct column *c;
	enum problem_code err;
	const char *sql = NULL;
	bool date, hour;

	if ((err = find_column(rq, w.first, &c, &sql)) != PROBLEM_NONE)
		return err;
	if (c == NULL || !value_ordered(c->type))
		return refuse_group(rq, text);
	date = c->type == VALUE_DATE;
	if (w.second == NULL) {
		buf_puts(&s->text, sql);
		put_output(g, s, w.first, value_sql(c->type));
		return PROBLEM_NONE;
	}
	hour = strcmp(w.second, "hour") == 0;
	if ((!date && c->type != VALUE_TIMESTAMP) ||
	    !list_contains(units, w.second) || (date && hour))
		return refuse_group(rq, text);
	put_truncated(g, s, sql, w.second, date);
	put_output(g, s, arena_printf(rq->arena, "%s_%s", w.first, w.second),
	    hour ? "timestamptz" : "date");
	return PROBLEM_NONE;
}

/* Returns the type of a value other than a count. */
static const char *
type_of_value(const char *function, const struct column *c)
{
	if (strcmp(function, "avg") == 0)
		return "double precision";
	return strcmp(function, "sum") == 0 ? "numeric" : value_sql(c->type);
}

/* Writes an aggregate, such as "count" or "sum:amount". */
static enum problem_code
put_value(struct aggregate *g, struct statement *s, const char *text)
{
	static const char *const numeric[] = { "sum", "avg", NULL };
	static const char *const ordered[] = { "min", "max", NULL };
	struct request *rq = g->rq;
	struct expression w = split_expression(rq->arena, text);
	const struct column *c = NULL;
	enum problem_code err;
	bool number;
	bool exact; /* a sum, to be written without trailing zeros */

	if (w.second != NULL &&
	    (err = custom_fields_column(rq, w.second, &c)) != PROBLEM_NONE)
		return err;
	number = c != NULL &&
	    (c->type == VALUE_BIGINT || c->type == VALUE_SMALLINT ||
		c->type == VALUE_NUMERIC);
	exact = c != NULL && c->type == VALUE_NUMERIC &&
	    strcmp(w.first, "sum") == 0;
	if (strcmp(text, "count") == 0) {
		buf_puts(&s->text, "count(*)");
		put_output(g, s, "count", "bigint");
		return PROBLEM_NONE;
	}
	if (c == NULL ||
	    !(list_contains(numeric, w.first)
		    ? number
		    : list_contains(ordered, w.first) &&
			value_ordered(c->type) && c->type != VALUE_BOOLEAN))
		return request_refuse(rq, "not_aggregated", "values",
		    rq->route->resource->name, text, known_values(rq, text));
	buf_printf(&s->text, "%s(", exact ? "trim_scale(sum" : w.first);
	column_put(&s->text, "t", c);
	buf_puts(&s->text,
	    exact                             ? "))"
		: strcmp(w.first, "avg") == 0 ? ")::double precision"
					      : ")");
	put_output(g, s, arena_printf(rq->arena, "%s_%s", w.first, c->name),
	    type_of_value(w.first, c));
	return PROBLEM_NONE;
}

typedef enum problem_code put_fn(
    struct aggregate *, struct statement *, const char *);

/*
 * Writes a list. Refuses duplicates, because two columns would have the same
 * name.
 */
static enum problem_code
put_all(struct aggregate *g, struct statement *s, const char *param,
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
				    g->rq, "given_twice", param, text);
		if ((err = put(g, s, text)) != PROBLEM_NONE)
			return err;
		buf_puts(&s->text, ", ");
	}
	return PROBLEM_NONE;
}

/* Writes " GROUP BY 1, 2". */
static void
put_group_by(struct statement *s, size_t ngrouped)
{
	size_t n;

	for (n = 1; n <= ngrouped; n++)
		buf_printf(&s->text, "%s%zu", n == 1 ? " GROUP BY " : ", ", n);
}

static const struct output *
find_output(const struct aggregate *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->noutputs; i++)
		if (strcmp(g->outputs[i].name, name) == 0)
			return &g->outputs[i];
	return NULL;
}

static bool
is_number(const struct output *o)
{
	return strcmp(o->type, "numeric") == 0 ||
	    strcmp(o->type, "double precision") == 0 ||
	    strstr(o->type, "int") != NULL;
}

/* Refuses a name, and lists those that sort or having can use. */
static enum problem_code
refuse_output(const struct aggregate *g, const char *param, const char *key)
{
	bool all = strcmp(param, "sort") == 0;
	struct nearest n;
	size_t i;

	nearest_begin(&n, g->rq->arena,
	    arena_strndup(g->rq->arena, key, strcspn(key, "@")));
	for (i = 0; i < g->noutputs; i++)
		if (all || is_number(&g->outputs[i]))
			nearest_add(&n, g->outputs[i].name);
	return request_refuse(
	    g->rq, "not_an_output", param, key, nearest_list(&n));
}

/* Writes a condition of having, such as "sum_amount@gte":1000. */
static enum problem_code
put_condition(struct aggregate *g, struct statement *s, const char *key,
    struct json_object *value)
{
	static const char *const operators[][2] = { { "", "=" },
		{ "neq", "<>" }, { "gt", ">" }, { "gte", ">=" }, { "lt", "<" },
		{ "lte", "<=" } };
	struct request *rq = g->rq;
	size_t len = strcspn(key, "@"), i = 0, n = 6;
	const char *operator= key[len] == '@' ? key + len + 1 : "";
	const struct output *o =
	    find_output(g, arena_strndup(rq->arena, key, len));

	if (o == NULL || !is_number(o))
		return refuse_output(g, "having", key);
	while (i < n && strcmp(operators[i][0], operator) != 0)
		i++;
	if (i == n)
		return request_refuse(
		    rq, "unknown_operator", "having", "neq, gt, gte, lt, lte");
	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return request_refuse(rq, "wrong_type", "having", "a number");
	buf_printf(&s->text, "\"%s\" %s ", o->name, operators[i][1]);
	statement_value(s, value_scalar(value), "numeric");
	return PROBLEM_NONE;
}

static enum problem_code
put_having(struct aggregate *g, struct statement *s)
{
	struct json_object *having;
	enum problem_code err;
	const char *word = " WHERE ";

	err = param_json(g->rq, "having", &having);
	if (err != PROBLEM_NONE || having == NULL)
		return err;
	if (json_object_object_length(having) > HAVING_MAX)
		return request_refuse(g->rq, "too_many_conditions", "having",
		    request_number(g->rq, HAVING_MAX));
	json_object_object_foreach(having, key, value)
	{
		buf_puts(&s->text, word);
		word = " AND ";
		if ((err = put_condition(g, s, key, value)) != PROBLEM_NONE)
			return err;
	}
	return PROBLEM_NONE;
}

/*
 * Reads sort=["sum_amount","DESC"], which names a group or value in the result.
 */
static enum problem_code
read_order(struct aggregate *g)
{
	struct json_object *sort = g->order;
	const char *name, *order;

	if (sort == NULL)
		return PROBLEM_NONE;
	name = value_scalar(json_object_array_get_idx(sort, 0));
	order = value_scalar(json_object_array_get_idx(sort, 1));
	if (json_object_array_length(sort) != 2 || name == NULL ||
	    order == NULL ||
	    (strcmp(order, "ASC") != 0 && strcmp(order, "DESC") != 0))
		return request_refuse(g->rq, "sort_invalid", "sort");
	if (find_output(g, name) == NULL)
		return refuse_output(g, "sort", name);
	g->sort = name;
	g->down = *order == 'D';
	return PROBLEM_NONE;
}

static bool
group_number(struct json_object *value, long *number)
{
	if (!json_object_is_type(value, json_type_int))
		return false;
	*number = (long)json_object_get_int64(value);
	return *number >= 0 && *number <= OFFSET_MAX;
}

static enum problem_code
read_groups(struct aggregate *g)
{
	struct json_object *range;
	enum problem_code err;

	err = param_json(g->rq, "range", &range);
	if (err != PROBLEM_NONE || range == NULL)
		return err;
	if (json_object_array_length(range) != 2 ||
	    !group_number(json_object_array_get_idx(range, 0), &g->first) ||
	    !group_number(json_object_array_get_idx(range, 1), &g->last) ||
	    g->last < g->first)
		return request_refuse(g->rq, "range_invalid", "range");
	if (g->last - g->first >= GROUPS_MAX)
		return request_refuse(g->rq, "range_too_long", "range",
		    request_number(g->rq, GROUPS_MAX));
	g->ranged = true;
	return PROBLEM_NONE;
}

/* Writes the group order: by sort, and then by the grouping columns. */
static void
put_order(const struct aggregate *g, struct statement *s)
{
	const char *sep = " ORDER BY ";
	size_t n;

	if (g->sort != NULL) {
		buf_printf(&s->text, "%s\"%s\"%s NULLS LAST", sep, g->sort,
		    g->down ? " DESC" : "");
		sep = ", ";
	}
	for (n = 1; n <= g->ngrouped; n++) {
		buf_printf(&s->text, "%s%zu", sep, n);
		sep = ", ";
	}
}

/*
 * Writes "WITH g AS (groups), h AS (groups that having selects) SELECT page,
 * number".
 */
static enum problem_code
put_end(struct aggregate *g, struct statement *s)
{
	enum problem_code err;

	put_group_by(s, g->ngrouped);
	buf_puts(&s->text, "), h AS (SELECT * FROM g");
	if ((err = put_having(g, s)) != PROBLEM_NONE ||
	    (err = read_order(g)) != PROBLEM_NONE ||
	    (err = read_groups(g)) != PROBLEM_NONE)
		return err;
	if (!g->ranged)
		buf_puts(&s->text, " LIMIT " GROUPS_BEYOND);
	buf_puts(&s->text,
	    ") SELECT coalesce((SELECT json_agg(p) FROM (SELECT * FROM h");
	put_order(g, s);
	if (g->ranged)
		buf_printf(&s->text, " LIMIT %ld OFFSET %ld",
		    g->last - g->first + 1, g->first);
	buf_puts(&s->text, ") p), '[]')::text, (SELECT count(*) FROM h)");
	return PROBLEM_NONE;
}

static enum problem_code
put_columns(struct aggregate *g, struct statement *s, struct json_object *group,
    struct json_object *values)
{
	bool counted = values == NULL || json_object_array_length(values) == 0;
	enum problem_code err;

	g->ngrouped = group != NULL ? json_object_array_length(group) : 0;
	if ((err = put_all(g, s, "group", group, put_group)) != PROBLEM_NONE)
		return err;
	if (counted)
		return put_value(g, s, "count");
	if ((err = put_all(g, s, "values", values, put_value)) != PROBLEM_NONE)
		return err;
	s->text.len -= 2; /* removes the last comma */
	return PROBLEM_NONE;
}

/*
 * Writes the statement and the step for the filter's search. WHERE is built
 * first, because filter_put() numbers its parameters from $1. Its text is
 * inserted later.
 */
static enum problem_code
put_statement(struct aggregate *g, struct db_step *search, struct db_step *step)
{
	struct request *rq = g->rq;
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
	buf_puts(&s.text, "WITH g AS (SELECT ");
	if ((err = put_columns(g, &s, group, values)) != PROBLEM_NONE)
		return err;
	buf_printf(
	    &s.text, " FROM %s t%s", page_source(r, filter), where.text.data);
	if ((err = put_end(g, &s)) != PROBLEM_NONE)
		return err;
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

/*
 * Responds with the groups. A page has Content-Range. Without a range, the
 * number of groups is limited.
 */
static enum problem_code
answer_groups(
    struct aggregate *g, struct response *rs, const struct db_step *found)
{
	struct request *rq = g->rq;
	long n = strtol(db_text(found, 0, 1), NULL, 10);
	enum problem_code err;

	if (!g->ranged && n > GROUPS_MAX)
		return request_refuse(rq, "too_many_groups_of_result", "group",
		    request_number(rq, GROUPS_MAX));
	err = response_row(rq, rs, 200, found);
	if (err != PROBLEM_NONE || !g->ranged)
		return err;
	rs->content_range = n <= g->first
	    ? arena_printf(rq->arena, "%s */%ld", rq->route->resource->name, n)
	    : arena_printf(rq->arena, "%s %ld-%ld/%ld",
		  rq->route->resource->name, g->first,
		  (n <= g->last ? n - 1 : g->last), n);
	return PROBLEM_NONE;
}

#define SET_TIMEOUT SQL("SELECT set_config('statement_timeout', '3s', true)")

enum problem_code
resource_aggregate(struct request *rq, struct response *rs)
{
	struct aggregate g = { .rq = rq, .zone = param_text(rq, "time_zone") };
	struct db_step steps[4] = { { .sql = SET_TIMEOUT } };
	struct db_step search = { .result = NULL }, groups;
	enum problem_code err;
	size_t n = 1;

	/*
	 * Read sort first: a saved view's order is for lists and must not
	 * apply.
	 */
	if ((err = param_json(rq, "sort", &g.order)) != PROBLEM_NONE ||
	    (err = saved_view_apply(rq)) != PROBLEM_NONE ||
	    (err = put_statement(&g, &search, &groups)) != PROBLEM_NONE)
		return err;
	if (g.zone != NULL)
		steps[n++] = crm_check_time_zone(rq->arena, .name = g.zone);
	if (search.sql.text != NULL)
		steps[n++] = search;
	steps[n++] = groups;
	err = session_read(rq, steps, n);
	if (err == PROBLEM_TIMEOUT) {
		rq->problem = (struct problem){ 0 };
		return request_refuse(rq, "query_too_long", "filter");
	}
	return err != PROBLEM_NONE ? err : answer_groups(&g, rs, &steps[n - 1]);
}
