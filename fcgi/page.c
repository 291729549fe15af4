#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "filter.h"
#include "json.h"
#include "page.h"
#include "request.h"
#include "resource.h"
#include "router.h"
#include "rows.h"
#include "statement.h"

#define ROWS_DEFAULT 25
#define ROWS_MAX     10000
#define OFFSET_MAX   100000000

/* sort=["last_name","ASC"]; id breaks ties in the same direction. */
static enum problem_code
put_order(struct request *rq, struct statement *s)
{
	const char *name = "id", *order = "ASC";
	struct json_object *sort;
	const struct column *c;
	enum problem_code err;
	bool down;

	err = request_json_param(rq, "sort", json_type_array, &sort);
	if (err != PROBLEM_NONE)
		return err;
	if (sort != NULL) {
		name = value_scalar(json_object_array_get_idx(sort, 0));
		order = value_scalar(json_object_array_get_idx(sort, 1));
	}
	if (name == NULL || order == NULL ||
	    (strcmp(order, "ASC") != 0 && strcmp(order, "DESC") != 0))
		return request_fail_field(rq, PROBLEM_MALFORMED, "sort",
		    "must be [\"column\",\"ASC\"] or [\"column\",\"DESC\"]");
	c = resource_column(rq->route->resource, name);
	if (c == NULL || !value_ordered(c->type))
		return request_fail_field(rq, PROBLEM_MALFORMED, "sort",
		    "%s cannot be sorted by \"%s\"", rq->route->resource->name,
		    name);
	down = *order == 'D';
	buf_printf(&s->text, " ORDER BY t.%s%s", c->name,
	    strcmp(c->name, "id") == 0 ? (down ? " DESC" : "")
		: down                 ? " DESC NULLS LAST, t.id DESC"
				       : ", t.id");
	return PROBLEM_NONE;
}

static bool
row_number(struct json_object *value, long *number)
{
	if (!json_object_is_type(value, json_type_int))
		return false;
	*number = (long)json_object_get_int64(value);
	return *number >= 0 && *number <= OFFSET_MAX;
}

/* range=[0,24], both ends included.  ids without a range are all wanted. */
static enum problem_code
take_range(struct request *rq, struct json_object *filter, struct page *range)
{
	struct json_object *json;
	enum problem_code err;
	bool present;

	err = request_json_param(rq, "range", json_type_array, &json);
	if (err != PROBLEM_NONE)
		return err;
	range->first = 0;
	range->last = ROWS_DEFAULT - 1;
	if (json == NULL && filter != NULL &&
	    json_object_is_type(
		json_get(filter, "id", &present), json_type_array))
		range->last = ROWS_MAX - 1;
	if (json == NULL)
		return PROBLEM_NONE;
	if (json_object_array_length(json) != 2 ||
	    !row_number(json_object_array_get_idx(json, 0), &range->first) ||
	    !row_number(json_object_array_get_idx(json, 1), &range->last) ||
	    range->last < range->first)
		return request_fail_field(rq, PROBLEM_MALFORMED, "range",
		    "must be [first,last], whole numbers from 0");
	if (range->last - range->first >= ROWS_MAX)
		return request_fail_field(rq, PROBLEM_MALFORMED, "range",
		    "at most %d rows at once", ROWS_MAX);
	return PROBLEM_NONE;
}

static void
put_page(struct request *rq, struct statement *s, struct page range)
{
	buf_puts(&s->text, " LIMIT ");
	statement_value(s,
	    arena_printf(rq->arena, "%ld", range.last - range.first + 1),
	    "bigint");
	buf_puts(&s->text, " OFFSET ");
	statement_value(
	    s, arena_printf(rq->arena, "%ld", range.first), "bigint");
}

static struct db_step
count(struct request *rq, const struct statement *where)
{
	struct statement s = *where;

	buf_init(&s.text, rq->arena);
	buf_printf(&s.text, "SELECT count(*) FROM %s t%s",
	    resource_source(rq->route->resource), where->text.data);
	return statement_step(&s);
}

enum problem_code
page_query(struct request *rq, struct db_step *page, struct db_step *total,
    struct page *range)
{
	const struct resource *r = rq->route->resource;
	struct json_object *filter;
	struct statement where, s;
	enum problem_code err;

	statement_init(&where, rq->arena);
	if ((err = request_json_param(
		 rq, "filter", json_type_object, &filter)) != PROBLEM_NONE ||
	    (err = take_range(rq, filter, range)) != PROBLEM_NONE ||
	    (err = filter_put(rq, &where, filter)) != PROBLEM_NONE)
		return err;
	*total = count(rq, &where);
	s = where; /* goes on with its values */
	buf_init(&s.text, rq->arena);
	buf_puts(&s.text, "SELECT ");
	rows_select(&s.text, r->columns);
	buf_printf(
	    &s.text, " FROM %s t%s", resource_source(r), where.text.data);
	if ((err = put_order(rq, &s)) != PROBLEM_NONE)
		return err;
	put_page(rq, &s, *range);
	*page = statement_step(&s);
	return PROBLEM_NONE;
}
