/* Builds the SQL statements that read one page of a list. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/embed.h"
#include "fcgi/rest/filter.h"
#include "fcgi/rest/known_names.h"
#include "fcgi/rest/page.h"
#include "fcgi/rest/sort.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define ROWS_DEFAULT 25
#define ROWS_MAX     10000
#define OFFSET_MAX   100000000
/* Offset from which a page's IDs are read first. */
#define DEEP 1000

const struct query_param resource_list_params[] = { LIST_PARAMS,
	{ .name = NULL } };

/* Reads sort=["last_name","ASC"]. */
static enum problem_code
read_sort(struct request *rq, struct sort *by)
{
	struct json_object *sort;
	enum problem_code err;

	err = param_json(rq, "sort", &sort);
	return err != PROBLEM_NONE ? err : sort_read(rq, "sort", sort, by);
}

/* Reads after=CURSOR. An empty cursor means the first page. */
static enum problem_code
read_after(struct request *rq, struct page *page)
{
	page->after = param_text(rq, "after");
	if (page->after == NULL)
		return PROBLEM_NONE;
	page->peeks = true;
	if (page->first > 0)
		return request_refuse(rq, "range_with_cursor", "range");
	if (*page->after == '\0' ||
	    cursor_read(rq, page->after, &page->sort, &page->begin))
		return PROBLEM_NONE;
	return request_refuse(rq, "cursor_of_another_sort", "after");
}

static bool
row_number(struct json_object *value, long *number)
{
	if (!json_object_is_type(value, json_type_int))
		return false;
	*number = (long)json_object_get_int64(value);
	return *number >= 0 && *number <= OFFSET_MAX;
}

/*
 * Reads range=[0,24], whose bounds are inclusive. Without a range, a filter by
 * ids returns all rows.
 */
static enum problem_code
read_range(struct request *rq, struct json_object *filter, struct page *range)
{
	struct json_object *json;
	enum problem_code err;
	bool present;

	err = param_json(rq, "range", &json);
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
		return request_refuse(rq, "range_invalid", "range");
	if (range->last - range->first >= ROWS_MAX)
		return request_refuse(rq, "range_too_long", "range",
		    request_number(rq, ROWS_MAX));
	return PROBLEM_NONE;
}

const char *
page_source(const struct resource *r, struct json_object *filter)
{
	const char *const *name;
	bool present;

	for (name = r->narrow; name != NULL && *name != NULL; name++)
		if (filter != NULL &&
		    value_scalar(json_get(filter, *name, &present)) != NULL)
			return r->narrow_view;
	return resource_source(r);
}

/*
 * Disables sorting for a UNION ALL view. Otherwise, the planner would sort all
 * rows of each part instead of reading a few rows in index order.
 */
static void
keep_order(const struct resource *r, const char *from, struct db_step *step)
{
	if (r->in_order && from == r->view && step->sql.text == NULL)
		*step = (struct db_step){
			.sql = SQL("SELECT set_config('enable_sort', 'off', "
				   "true)"),
		};
}

/*
 * Plans a log's filter for its actual values, and in the order of an index. For
 * a filter by ID, a generic plan would read and sort all later entries, although
 * the newest entries suffice. A bitmap scan would read all entries with a value
 * before it counts the first one.
 */
static void
plan_for_values(const struct resource *r, const struct statement *where,
    struct db_step *step)
{
	if (r->log && where->text.len > 0 && step->sql.text == NULL)
		*step = (struct db_step){
			.sql = SQL("SELECT set_config('plan_cache_mode', "
				   "'force_custom_plan', true), "
				   "set_config('enable_bitmapscan', 'off', "
				   "true)"),
		};
}

/* Starts a statement without text that continues the filter's parameters. */
static struct statement
start_statement(struct request *rq, const struct statement *where)
{
	struct statement s = *where;

	buf_init(&s.text, rq->arena);
	return s;
}

/*
 * Writes the query from SELECT to WHERE. With a cursor, a condition must
 * follow. join is the text that follows the rows t, or "".
 */
static void
put_joined(struct statement *s, const struct page *page, const char *join,
    const struct statement *where)
{
	buf_puts(&s->text, "SELECT ");
	projection_select(&s->text, &page->projection);
	buf_printf(&s->text, " FROM %s t%s", page->from, join);
	projection_join(&s->text, &page->projection);
	buf_puts(&s->text, where->text.data);
	if (page->begin.id != NULL)
		buf_puts(&s->text, where->text.len > 0 ? " AND " : " WHERE ");
}

static void
put_select(
    struct statement *s, const struct page *page, const struct statement *where)
{
	put_joined(s, page, "", where);
}

/* Writes "t.id > $1::bigint". */
static void
put_after_id(struct request *rq, struct statement *s, const struct page *page)
{
	const char *key = rq->route->resource->key;

	buf_puts(&s->text, page->sort.down ? "t.id < " : "t.id > ");
	statement_value(s, page->begin.id, key != NULL ? key : "bigint");
}

/* Returns the maximum number of rows that the page needs. */
static const char *
rows_of_page(struct request *rq, const struct page *page)
{
	return arena_printf(
	    rq->arena, "%ld", page->last - page->first + 1 + page->peeks);
}

static void
put_limit(struct request *rq, struct statement *s, const struct page *page)
{
	buf_puts(&s->text, " LIMIT ");
	statement_value(s, rows_of_page(rq, page), "bigint");
}

static void
put_offset(struct request *rq, struct statement *s, const struct page *page)
{
	buf_puts(&s->text, " OFFSET ");
	statement_value(
	    s, arena_printf(rq->arena, "%ld", page->first), "bigint");
}

/* Writes "t.name >= $1 AND (t.name > $1 OR t.id > $2)". */
static void
put_after_value(
    struct request *rq, struct statement *s, const struct page *page)
{
	const struct sort *by = &page->sort;
	const char *type = value_sql(by->column->type);

	column_put(&s->text, "t", by->column);
	buf_printf(&s->text, "%s %s ", by->collation, by->down ? "<=" : ">=");
	statement_value(s, page->begin.value, type);
	buf_puts(&s->text, " AND (");
	column_put(&s->text, "t", by->column);
	buf_printf(&s->text, "%s %s ", by->collation, by->down ? "<" : ">");
	statement_value(s, page->begin.value, type);
	buf_puts(&s->text, " OR ");
	put_after_id(rq, s, page);
	buf_puts(&s->text, ")");
}

/*
 * Continues after a cursor with a value: greater values follow, and then nulls.
 * Two index scans read them, because a single condition with OR could not use
 * the index. The second scan does not start if the first one fills the page.
 */
static void
put_two_scans(struct request *rq, struct statement *s, const struct page *page,
    const struct statement *where)
{
	const struct sort *by = &page->sort;

	buf_puts(&s->text, "WITH a AS (");
	put_select(s, page, where);
	put_after_value(rq, s, page);
	sort_put(s, by, "t");
	put_limit(rq, s, page);
	buf_puts(&s->text, "), b AS (");
	put_select(s, page, where);
	column_put(&s->text, "t", by->column);
	buf_printf(
	    &s->text, " IS NULL ORDER BY t.id%s", by->down ? " DESC" : "");
	put_limit(rq, s, page);
	buf_puts(&s->text,
	    " - (SELECT count(*) FROM a)) "
	    "SELECT p.* FROM (TABLE a UNION ALL TABLE b) p");
	sort_put(s, by, "p");
}

static void
put_rows(struct request *rq, struct statement *s, const struct page *page,
    const struct statement *where)
{
	bool value = page->begin.value != NULL && !sort_by_id(&page->sort);

	if (value && page->sort.nullable) {
		put_two_scans(rq, s, page, where);
		return;
	}
	put_select(s, page, where);
	if (value)
		put_after_value(rq, s, page);
	else if (page->begin.id != NULL) {
		if (!sort_by_id(&page->sort)) {
			column_put(&s->text, "t", page->sort.column);
			buf_puts(&s->text, " IS NULL AND ");
		}
		put_after_id(rq, s, page);
	}
	sort_put(s, &page->sort, "t");
	put_limit(rq, s, page);
	if (page->begin.id == NULL)
		put_offset(rq, s, page);
}

/* Writes the number of rows up to the end of the page. */
static void
put_reached(struct request *rq, struct statement *s, const struct page *page)
{
	statement_value(s,
	    arena_printf(rq->arena, "%ld", page->last + 1 + page->peeks),
	    "bigint");
}

/*
 * Reads a list in the index order of a custom field, and then the rows without
 * a value.
 */
static void
put_in_index_order(struct request *rq, struct statement *s,
    const struct page *page, const struct statement *where)
{
	const struct sort *by = &page->sort;
	const char *down = by->down ? " DESC" : "",
		   *sep = where->text.len > 0 ? " AND" : " WHERE",
		   *value = strrchr(by->column->index, ' ') + 1;

	buf_puts(&s->text, "WITH a AS (");
	put_joined(s, page, " JOIN crm.custom_values x ON x.id = t.id", where);
	buf_printf(&s->text, "%s %s IS NOT NULL ORDER BY %s%s%s, x.id%s LIMIT ",
	    sep, by->column->index, value, by->collation, down, down);
	put_reached(rq, s, page);
	buf_puts(&s->text, "), b AS (");
	put_select(s, page, where);
	buf_printf(&s->text,
	    "%s NOT EXISTS (SELECT FROM crm.custom_values x WHERE x.id = "
	    "t.id AND %s IS NOT NULL) "
	    "ORDER BY t.id%s LIMIT ",
	    sep, by->column->index, down);
	put_reached(rq, s, page);
	buf_puts(&s->text,
	    " - (SELECT count(*) FROM a)) "
	    "SELECT p.* FROM (TABLE a UNION ALL TABLE b) p");
	sort_put(s, by, "p");
	put_limit(rq, s, page);
	put_offset(rq, s, page);
}

/* Returns true if the database maintains the rows' total. */
static bool
has_total(const struct resource *r, const struct statement *where)
{
	return r->total != NULL && where->text.len == 0;
}

/*
 * Makes the database count rows_of if the caller cannot read all rows. It
 * counts up to "most" rows, or all rows if "most" is 0. If rows_of is NULL, the
 * total is null in this case.
 */
static void
put_kept_total(
    struct buf *b, const struct resource *r, const char *rows_of, int most)
{
	buf_printf(b,
	    "SELECT ops.total_of('{%s}', nullif('%s', ''), nullif(%d, 0))",
	    r->total, rows_of != NULL ? rows_of : "", most);
}

static void
put_count(struct buf *b, const struct resource *r, const char *from,
    const char *rows_of, const struct statement *where)
{
	if (has_total(r, where))
		put_kept_total(b, r, rows_of, 0);
	else
		buf_printf(
		    b, "SELECT count(*) FROM %s t%s", from, where->text.data);
}

/* Returns the reverse order. */
static struct sort
reversed(const struct sort *by)
{
	struct sort back = *by;

	back.down = !by->down;
	if (strcmp(by->nulls, " NULLS LAST") == 0)
		back.nulls = " NULLS FIRST";
	else if (*by->nulls != '\0')
		back.nulls = " NULLS LAST";
	return back;
}

static void
put_ids(struct statement *s, const struct page *page, const struct sort *by,
    const struct statement *where)
{
	buf_printf(
	    &s->text, "SELECT t.id FROM %s t%s", page->from, where->text.data);
	sort_put(s, by, "t");
}

/*
 * Reads the IDs of a page from the nearer end of the list, or from its
 * beginning if no total is maintained. The total comes from the same snapshot.
 * PostgreSQL does not start a scan with LIMIT 0.
 */
static void
put_ids_of_nearer_end(struct request *rq, struct statement *s,
    const struct page *page, const struct statement *where)
{
	const struct resource *r = rq->route->resource;
	const struct sort back = reversed(&page->sort);

	buf_puts(&s->text,
	    "WITH part AS MATERIALIZED (SELECT n.total, p.first, "
	    "p.size, n.total < 2 * p.first AS back FROM (");
	put_kept_total(&s->text, r, NULL, 0);
	buf_puts(&s->text, ") n (total), (SELECT ");
	statement_value(
	    s, arena_printf(rq->arena, "%ld", page->first), "bigint");
	buf_puts(&s->text, ", ");
	statement_value(s, rows_of_page(rq, page), "bigint");
	buf_puts(&s->text, ") p (first, size)) (");
	put_ids(s, page, &page->sort, where);
	buf_puts(&s->text,
	    " LIMIT (SELECT CASE WHEN back THEN 0 ELSE size END FROM part) "
	    "OFFSET (SELECT first FROM part)) UNION ALL (");
	put_ids(s, page, &back, where);
	buf_puts(&s->text,
	    " LIMIT (SELECT CASE WHEN back THEN "
	    "greatest(least(size, total - first), 0) ELSE 0 END FROM part) "
	    "OFFSET (SELECT greatest(total - first - size, 0) FROM part))");
}

/*
 * Returns true if a page's IDs must be read before its other columns. Reading
 * the IDs first is worthwhile if far more rows precede the page than it
 * contains. It requires an index that finds rows by their IDs.
 */
static bool
is_deep(const struct page *page, const struct resource *r)
{
	return page->first >= DEEP &&
	    page->first / 4 > page->last - page->first && !r->log &&
	    !r->in_order && r->key == NULL;
}

/*
 * Reads a page's IDs first, and then the other columns of only these rows. For
 * the rows before the page, only the order is computed.
 */
static void
put_deep_rows(struct request *rq, struct statement *s, const struct page *page,
    const struct statement *where)
{
	struct statement none;

	statement_init(&none, rq->arena);
	put_select(s, page, &none);
	buf_puts(&s->text, " WHERE t.id IN (");
	if (has_total(rq->route->resource, where))
		put_ids_of_nearer_end(rq, s, page, where);
	else {
		put_ids(s, page, &page->sort, where);
		put_limit(rq, s, page);
		put_offset(rq, s, page);
	}
	buf_puts(&s->text, ")");
	sort_put(s, &page->sort, "t");
}

/*
 * Reads as many rows as the page may need from both the table and the trash.
 * With a limit, each part can use the same indexes as a separate list.
 */
static void
put_deleted_too(struct request *rq, struct statement *s,
    const struct page *page, const struct statement *where)
{
	struct page part = *page;

	part.first = 0;
	buf_puts(&s->text, "WITH live AS (");
	put_rows(rq, s, &part, where);
	buf_puts(&s->text, "), gone AS (");
	part.from = rq->route->resource->deleted;
	put_rows(rq, s, &part, where);
	buf_puts(
	    &s->text, ") SELECT p.* FROM (TABLE live UNION ALL TABLE gone) p");
	sort_put(s, &page->sort, "p");
	put_limit(rq, s, page);
	put_offset(rq, s, page);
}

/*
 * Returns true if a search is the only filter and the page begins the list. In
 * this case, a different function is called. If many rows match, this
 * function stores only the page's IDs, and the number of matches for
 * put_total().
 */
static bool
only_searches(const struct page *page, const struct resource *r,
    struct json_object *filter)
{
	bool present;

	return page->steps[0].sql.text != NULL && page->begin.id == NULL &&
	    r->object == NULL && page->sort.column->sql == NULL &&
	    r->deleted == NULL && json_object_object_length(filter) == 1 &&
	    json_get(filter, "q", &present) != NULL;
}

static struct db_step
search_page(struct request *rq, const struct page *page)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_puts(&s.text, "SELECT crm.search_page(");
	statement_value(&s, page->steps[0].params[0], "text");
	buf_printf(&s.text, ", '%s', '%s', %s, ", rq->route->resource->search,
	    page->sort.column->name, page->sort.down ? "true" : "false");
	statement_value(&s,
	    arena_printf(rq->arena, "%ld", page->last + 1 + page->peeks),
	    "bigint");
	buf_puts(&s.text, ")");
	return statement_step(&s);
}

static void
put_count_deleted_too(struct buf *b, const struct resource *r,
    const struct page *page, const struct statement *where, bool exact)
{
	if (exact) {
		buf_puts(b, "SELECT (");
		put_count(b, r, page->from, r->table, where);
		buf_printf(b, ") + (SELECT count(*) FROM %s t%s)", r->deleted,
		    where->text.data);
	} else
		buf_printf(b,
		    "SELECT count(*) FROM ((SELECT FROM %s t%s LIMIT %d) "
		    "UNION ALL (SELECT FROM %s t%s LIMIT %d) LIMIT %d) t",
		    page->from, where->text.data, COUNTED_MAX + 1, r->deleted,
		    where->text.data, COUNTED_MAX + 1, COUNTED_MAX + 1);
}

/*
 * Counts up to a limit. A log is counted in the order of its rows. Otherwise,
 * the database might read all entries with a value before it counts the first
 * one.
 */
static void
put_bounded_count(struct statement *s, const struct resource *r,
    const struct page *page, const struct statement *where)
{
	buf_printf(&s->text, "SELECT count(*) FROM (SELECT FROM %s t%s",
	    page->from, where->text.data);
	if (r->log)
		sort_put(s, &page->sort, "t");
	buf_printf(&s->text, " LIMIT %d) t", COUNTED_MAX + 1);
}

/*
 * Reads count=exact|none|estimated (default: estimated). An estimated count
 * stops at COUNTED_MAX, as do all counts of a log.
 */
static enum problem_code
put_total(struct request *rq, struct page *page, const struct statement *where,
    bool searches)
{
	const struct resource *r = rq->route->resource;
	const char *count = param_text(rq, "count");
	bool exact = count != NULL && strcmp(count, "exact") == 0 && !r->log;
	struct statement s = start_statement(rq, where);

	page->total = NULL;
	if (!param_allowed(rq, "count"))
		return request_refuse(rq, "count_invalid", "count");
	if (searches)
		buf_printf(&s.text,
		    "SELECT CASE WHEN current_setting('app.total') <> '' THEN "
		    "least(current_setting('app.total')::bigint, %d) ELSE (",
		    exact ? INT32_MAX : COUNTED_MAX + 1);
	page->bounded = !exact;
	page->peeks = page->peeks || !exact;
	if (count != NULL && strcmp(count, "none") == 0)
		return PROBLEM_NONE;
	if (r->deleted != NULL)
		put_count_deleted_too(&s.text, r, page, where, exact);
	else if (exact)
		put_count(&s.text, r, page->from, page->from, where);
	else if (has_total(r, where))
		put_kept_total(&s.text, r, page->from, COUNTED_MAX + 1);
	else
		put_bounded_count(&s, r, page, where);
	if (searches)
		buf_puts(&s.text, ") END");
	page->total = &page->steps[2];
	*page->total = statement_step(&s);
	return PROBLEM_NONE;
}

/* Orders the steps: search, rows, total. */
static void
order_steps(struct page *page, const struct statement *rows)
{
	struct db_step total = page->steps[2];

	page->nsteps = page->steps[0].sql.text != NULL ? 1 : 0;
	page->rows = &page->steps[page->nsteps++];
	*page->rows = statement_step(rows);
	if (page->total == NULL)
		return;
	page->total = &page->steps[page->nsteps++];
	*page->total = total;
}

enum problem_code
page_query(struct request *rq, struct page *page)
{
	const struct resource *r;
	struct json_object *filter;
	struct statement where, rows;
	enum problem_code err;
	bool searches;

	*page = (struct page){ .first = 0 };
	statement_init(&where, rq->arena);
	err = param_json(rq, "filter", &filter);
	if (err != PROBLEM_NONE ||
	    (err = embed_read(rq, &page->projection)) != PROBLEM_NONE ||
	    (err = read_range(rq, filter, page)) != PROBLEM_NONE ||
	    (err = read_sort(rq, &page->sort)) != PROBLEM_NONE ||
	    (err = read_after(rq, page)) != PROBLEM_NONE ||
	    (err = filter_put(rq, &where, filter, &page->steps[0])) !=
		PROBLEM_NONE)
		return err;
	r = rq->route->resource; /* filter_put() may have added columns */
	searches = only_searches(page, r, filter);
	page->from = page_source(r, filter);
	keep_order(r, page->from, &page->steps[0]);
	plan_for_values(r, &where, &page->steps[0]);
	if ((err = put_total(rq, page, &where, searches)) != PROBLEM_NONE)
		return err;
	if (searches)
		page->steps[0] = search_page(rq, page);
	projection_number(rq, &page->projection);
	page->sort_at =
	    projection_find(rq, r, &page->projection, page->sort.column);
	page->id_at =
	    projection_find(rq, r, &page->projection, resource_column(r, "id"));
	rows = start_statement(rq, &where);
	if ((err = embed_put(rq, &rows, &page->projection)) != PROBLEM_NONE)
		return err;
	if (r->deleted != NULL)
		put_deleted_too(rq, &rows, page, &where);
	else if (page->sort.column->index != NULL && page->begin.id == NULL)
		put_in_index_order(rq, &rows, page, &where);
	else if (is_deep(page, r))
		put_deep_rows(rq, &rows, page, &where);
	else
		put_rows(rq, &rows, page, &where);
	order_steps(page, &rows);
	return PROBLEM_NONE;
}

enum problem_code
page_ids(struct request *rq, struct json_object *ids, struct page *page)
{
	struct json_object *filter = json_object_new_object();
	struct statement where, rows;
	enum problem_code err;

	*page = (struct page){ .from = resource_source(rq->route->resource),
		.last = ROWS_MAX - 1 };
	json_own(rq->arena, filter);
	json_share(filter, "id", ids);
	statement_init(&where, rq->arena);
	if ((err = embed_read(rq, &page->projection)) != PROBLEM_NONE ||
	    (err = filter_put(rq, &where, filter, &page->steps[0])) !=
		PROBLEM_NONE)
		return err;
	rows = start_statement(rq, &where);
	if ((err = embed_put(rq, &rows, &page->projection)) != PROBLEM_NONE)
		return err;
	put_select(&rows, page, &where);
	order_steps(page, &rows);
	return PROBLEM_NONE;
}
