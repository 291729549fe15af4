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
put_page(struct request *rq, struct statement *s, const struct page *range)
{
	buf_puts(&s->text, " LIMIT ");
	statement_value(s,
	    arena_printf(rq->arena, "%ld", range->last - range->first + 1),
	    "bigint");
	buf_puts(&s->text, " OFFSET ");
	statement_value(
	    s, arena_printf(rq->arena, "%ld", range->first), "bigint");
}

/* "SELECT ... FROM crm.contacts_summary t WHERE ...", and its values. */
static struct statement
start(struct request *rq, const struct statement *where, bool rows)
{
	const struct resource *r = rq->route->resource;
	struct statement s = *where; /* goes on with its values */

	buf_init(&s.text, rq->arena);
	buf_puts(&s.text, "SELECT ");
	if (rows)
		rows_select(&s.text, r->columns);
	else
		buf_puts(&s.text, "count(*)");
	buf_printf(
	    &s.text, " FROM %s t%s", resource_source(r), where->text.data);
	return s;
}

enum problem_code
page_query(struct request *rq, struct page *page)
{
	struct json_object *filter;
	struct statement where, rows, total;
	enum problem_code err;

	statement_init(&where, rq->arena);
	err = request_json_param(rq, "filter", json_type_object, &filter);
	if (err != PROBLEM_NONE ||
	    (err = take_range(rq, filter, page)) != PROBLEM_NONE ||
	    (err = filter_put(rq, &where, filter, &page->steps[0])) !=
		PROBLEM_NONE)
		return err;
	rows = start(rq, &where, true);
	total = start(rq, &where, false);
	if ((err = put_order(rq, &rows)) != PROBLEM_NONE)
		return err;
	put_page(rq, &rows, page);
	page->nsteps = page->steps[0].sql.text != NULL ? 1 : 0;
	page->rows = &page->steps[page->nsteps++];
	page->total = &page->steps[page->nsteps++];
	*page->rows = statement_step(&rows);
	*page->total = statement_step(&total);
	return PROBLEM_NONE;
}
