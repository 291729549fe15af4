/* Handles the routes that every resource has. */

#include <stdlib.h>

#include "fcgi/http/body.h"
#include "fcgi/http/etag.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/aggregate.h"
#include "fcgi/rest/archived.h"
#include "fcgi/rest/bulk.h"
#include "fcgi/rest/change.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/deleted.h"
#include "fcgi/rest/embed.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/fault_search.h"
#include "fcgi/rest/history.h"
#include "fcgi/rest/page.h"
#include "fcgi/rest/projection.h"
#include "fcgi/rest/query.h"
#include "fcgi/rest/rows.h"
#include "fcgi/rest/saved_view.h"
#include "fcgi/rest/upsert.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define ONE "/{id}"

static action_fn resource_get_many, resource_get, resource_change,
    resource_delete_many, resource_update_many;

static const struct body_field ids_body[] = {
	{ "ids", BODY_LIST, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct query_param projection_params[] = {
	PROJECTION_PARAMS,
	{ .name = NULL },
};

static const struct query_param get_params[] = {
	INCLUDE_PARAM,
	PROJECTION_PARAMS,
	{ .name = NULL },
};

static const struct query_param filter_params[] = {
	FILTER_PARAM,
	{ .name = NULL },
};

static const struct query_param export_params[] = {
	FILTER_PARAM,
	SORT_PARAM,
	VIEW_PARAM,
	{ "format", PARAM_TEXT,
	    "the format (default: csv); vcard exports only contacts",
	    PARAM_WORDS("csv", "ndjson", "vcard") },
	{ "delimiter", PARAM_TEXT,
	    "the character between the cells of the CSV file",
	    PARAM_WORDS(",", ";", "|", "tab") },
	{ "bom", PARAM_TEXT, "1 adds a byte order mark to the CSV file",
	    PARAM_WORDS("0", "1") },
	{ "safe", PARAM_TEXT,
	    "0 disables the protection of the CSV file against formulas",
	    PARAM_WORDS("0", "1") },
	{ "version", PARAM_TEXT, "the version of the vCards",
	    PARAM_WORDS("3.0", "4.0") },
	PROJECTION_PARAMS,
	{ .name = NULL },
};

static const struct query_param aggregate_params[] = {
	FILTER_PARAM,
	VIEW_PARAM,
	{ "group", PARAM_ARRAY,
	    "a JSON list of columns; a time has a unit: "
	    "[\"stage\",\"created_at:month\"]",
	    NULL },
	{ "values", PARAM_ARRAY,
	    "a JSON list of count, or sum, avg, min and max of a "
	    "column: [\"count\",\"sum:amount\"]",
	    NULL },
	{ "having", PARAM_OBJECT,
	    "a JSON object with conditions on the values: "
	    "{\"sum_amount@gte\":1000}",
	    NULL },
	{ "sort", PARAM_ARRAY,
	    "a JSON list of a group or a value, and a direction: "
	    "[\"sum_amount\",\"DESC\"]",
	    NULL },
	{ "range", PARAM_RANGE,
	    "a JSON list of the positions of the first and the last "
	    "group: [0,9]",
	    NULL },
	{ "time_zone", PARAM_TEXT,
	    "the time zone of the days, such as Europe/Paris (default: "
	    "that of the organization)",
	    NULL },
	{ .name = NULL },
};

static const struct query_param history_params[] = {
	{ "limit", PARAM_WHOLE,
	    "the maximum number of entries, from 1 to " HISTORY_MAX, NULL },
	{ "before", PARAM_WHOLE, "the ID of an entry; returns older entries",
	    NULL },
	{ "as_of", PARAM_TEXT, "a time; returns the row as it was at this time",
	    NULL },
	{ .name = NULL },
};

const struct route resource_routes[] = {
	{ METHOD_GET, "", resource_list, SESSION_ORGANIZATION,
	    .params = resource_list_params, .verb = VERB_LIST,
	    .summary = "List, filter, sort and count rows" },
	{ METHOD_POST, "", resource_change, SESSION_ORGANIZATION, ROUTE_BODY,
	    .status = 201, .verb = VERB_CREATE, .summary = "Create a row" },
	{ METHOD_POST, "/get-many", resource_get_many, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = ids_body, .params = projection_params,
	    .verb = VERB_LIST, .takes = "{ids:[id]}",
	    .summary = "Read rows by ID" },
	{ METHOD_POST, "/bulk", resource_bulk, SESSION_ORGANIZATION, ROUTE_BODY,
	    .body = bulk_body, .verb = VERB_BULK,
	    .takes = "{filter:@.filter,ids:[id],set:@.input,"
		     "add:{*:[id]},remove:{*:[id]}}",
	    .returns = "{count:integer,id?:integer}",
	    .summary = "Update or delete all rows that match a filter" },
	{ METHOD_PUT, "", resource_upsert, SESSION_ORGANIZATION, ROUTE_BODY,
	    .params = upsert_params, .verb = VERB_UPSERT,
	    .returns = "{status:integer,outcome:string,id:integer,"
		       "etag:string?,data:@}|{results:[{status:integer,"
		       "outcome:string,id:integer?,etag:string?,"
		       "data:@|Problem}]}",
	    .summary = "Upsert a row, or a list of 1 to 100 rows" },
	{ METHOD_PATCH, "", resource_update_many, SESSION_ORGANIZATION,
	    ROUTE_BODY, .params = filter_params, .verb = VERB_UPDATE,
	    .returns = "[integer]", .summary = "Update rows by ID" },
	{ METHOD_DELETE, "", resource_delete_many, SESSION_ORGANIZATION,
	    .params = filter_params, .verb = VERB_DELETE,
	    .returns = "[integer]", .summary = "Delete rows by ID" },
	{ METHOD_GET, "/export", resource_export, SESSION_ORGANIZATION,
	    .params = export_params, .verb = VERB_LIST,
	    .summary = "Export all rows of a list as a file" },
	{ METHOD_GET, "/aggregate", resource_aggregate, SESSION_ORGANIZATION,
	    .params = aggregate_params, .verb = VERB_LIST,
	    .returns = "[{*:string|number|boolean?}]",
	    .summary = "Count and aggregate rows by group" },
	{ METHOD_GET, ONE, resource_get, SESSION_ORGANIZATION,
	    .params = get_params, .verb = VERB_GET, .summary = "Read a row" },
	{ METHOD_PUT, ONE, resource_change, SESSION_ORGANIZATION, ROUTE_BODY,
	    .verb = VERB_UPDATE,
	    .summary = "Update a row; missing members remain unchanged" },
	{ METHOD_PATCH, ONE, resource_change, SESSION_ORGANIZATION, ROUTE_BODY,
	    .verb = VERB_UPDATE,
	    .summary = "Update a row; missing members remain unchanged" },
	{ METHOD_DELETE, ONE, resource_change, SESSION_ORGANIZATION,
	    .verb = VERB_DELETE, .summary = "Delete a row, and return it" },
	{ METHOD_GET, ONE "/history", resource_history, SESSION_ORGANIZATION,
	    .params = history_params, .verb = VERB_HISTORY,
	    .returns = "@|[HistoryEntry]",
	    .summary =
		"List the changes of a row, or read the row as of a time" },
	{ .action = NULL },
};

/*
 * Returns the total for Content-Range, or "*" if it was not counted. If
 * counting stopped at the limit, the total is the known number plus one, so
 * that clients that page by offset continue. Total-More-Than is the known
 * number.
 */
static const char *
put_total(struct request *rq, struct response *rs, const struct page *page,
    long shown, bool more)
{
	bool placed = shown > 0 && page->begin.id == NULL;
	long known = placed ? page->first + shown : shown, n;
	bool stopped;

	if (page->total == NULL)
		return page->peeks ? "*"
				   : arena_printf(rq->arena, "%ld", shown);
	n = strtol(db_text(page->total, 0, 0), NULL, 10);
	stopped = page->bounded && n == COUNTED_MAX + 1 &&
	    (more || !placed || known <= COUNTED_MAX);
	if (n < known + stopped)
		n = known + stopped;
	if (stopped)
		rs->total_more_than = arena_printf(rq->arena, "%ld", n - 1);
	return arena_printf(rq->arena, "%ld", n);
}

/*
 * Returns Content-Range: "contacts 0-24/319". The range is "*" for an empty
 * page, and also with a cursor, because the offset is then unknown.
 */
static const char *
content_range(
    struct request *rq, const struct page *page, long shown, const char *total)
{
	const char *name = rq->route->resource->name;

	if (shown == 0 || page->begin.id != NULL)
		return arena_printf(rq->arena, "%s */%s", name, total);
	return arena_printf(rq->arena, "%s %ld-%ld/%s", name, page->first,
	    page->first + shown - 1, total);
}

/*
 * Sets the Link header. A missing link means the last page. If the link is too
 * long, a request with a cursor must therefore fail.
 */
static enum problem_code
put_link(struct request *rq, struct response *rs, const struct page *page,
    long shown)
{
	struct cursor end = {
		.value =
		    db_text(page->rows, (int)shown - 1, (int)page->sort_at),
		.id = db_text(page->rows, (int)shown - 1, (int)page->id_at),
	};

	rs->link = cursor_link(rq, cursor_write(rq, &page->sort, &end),
	    page->last - page->first + 1);
	if (rs->link == NULL && page->after != NULL)
		return request_refuse(rq, "cursor_too_long", "after");
	return PROBLEM_NONE;
}

static enum problem_code
answer_page(struct request *rq, struct response *rs, const struct page *page)
{
	long n = db_rows(page->rows), most = page->last - page->first + 1;
	long shown = n < most ? n : most;
	bool more = n > most;
	struct buf b;

	buf_init(&b, rq->arena);
	rows_json(&b, &page->projection, page->rows, (int)shown);
	response_json(rs, 200, b.data, b.len);
	if (!page->peeks && page->total != NULL)
		more = page->first + shown <
		    strtol(db_text(page->total, 0, 0), NULL, 10);
	rs->content_range = content_range(
	    rq, page, shown, put_total(rq, rs, page, shown, more));
	return more && shown > 0 ? put_link(rq, rs, page, shown) : PROBLEM_NONE;
}

enum problem_code
resource_list(struct request *rq, struct response *rs)
{
	enum problem_code err;
	struct page page;

	if ((err = deleted_include(rq, false)) != PROBLEM_NONE ||
	    (err = saved_view_apply(rq)) != PROBLEM_NONE ||
	    (err = archived_omit(rq)) != PROBLEM_NONE ||
	    (err = page_query(rq, &page)) != PROBLEM_NONE ||
	    (err = session_read(rq, page.steps, page.nsteps)) != PROBLEM_NONE)
		return err;
	return answer_page(rq, rs, &page);
}

/* Reads rows by ids in the body, which can hold more ids than a URL. */
static enum problem_code
resource_get_many(struct request *rq, struct response *rs)
{
	const struct resource *r = rq->route->resource;
	struct json_object *body, *ids;
	enum problem_code err;
	struct page page;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	request_require_scope(rq, r->name, "read", r->admin_verbs & VERB_LIST);
	ids = json_get(body, "ids", &present);
	if ((err = page_ids(rq, ids, &page)) != PROBLEM_NONE ||
	    (err = session_read(rq, page.steps, page.nsteps)) != PROBLEM_NONE)
		return err;
	return answer_page(rq, rs, &page);
}

/* Sends the row and the ETag that query_get() reads. */
static enum problem_code
answer_row(struct request *rq, struct response *rs, int status,
    const struct db_step *step)
{
	enum problem_code err = response_row(rq, rs, status, step);

	if (err == PROBLEM_NONE)
		rs->etag = db_text(step, 0, 1);
	return err;
}

static enum problem_code
resource_get(struct request *rq, struct response *rs)
{
	const struct resource *r;
	enum problem_code err;
	struct projection projection;
	struct db_step get;

	if ((err = deleted_include(rq, true)) != PROBLEM_NONE)
		return err;
	r = rq->route->resource;
	if ((err = embed_read(rq, &projection)) != PROBLEM_NONE ||
	    (err = query_get(rq, r, &projection, rq->id, &get)) !=
		PROBLEM_NONE ||
	    (err = session_read(rq, &get, 1)) != PROBLEM_NONE)
		return err;
	return answer_row(rq, rs, 200, &get);
}

/* Changes the row and reads it back as GET does, in the same round trip. */
static enum problem_code
resource_change(struct request *rq, struct response *rs)
{
	struct change c = { .resource = rq->route->resource,
		.method = rq->method,
		.id = rq->id };
	struct db_step steps[CHANGE_STEPS];
	enum problem_code err;
	size_t n = 0, row;

	if ((rq->method != METHOD_DELETE &&
		(err = request_json(rq, &c.body)) != PROBLEM_NONE) ||
	    (rq->id != NULL &&
		(err = etag_wanted(rq, "If-Match", rq->headers.if_match,
		     &c.tags)) != PROBLEM_NONE))
		return err;
	if ((err = change_put(rq, &c, steps, &n, &row)) != PROBLEM_NONE)
		return fault_search(rq, &c);
	steps[row].answer = true;
	err = session_write(rq, steps, n);
	if (err == PROBLEM_INVALID || err == PROBLEM_MALFORMED)
		return fault_search(rq, &c);
	if (err == PROBLEM_STALE)
		return change_current(rq, &c);
	if (err == PROBLEM_NONE)
		err = rq->method == METHOD_DELETE
		    ? response_row(rq, rs, 200, &steps[row])
		    : answer_row(
			  rq, rs, rq->id == NULL ? 201 : 200, &steps[row]);
	return err == PROBLEM_NOT_FOUND && rq->id != NULL
	    ? change_missed(rq, &c)
	    : err;
}

/* Responds with the ids of the rows that existed. */
static enum problem_code
resource_delete_many(struct request *rq, struct response *rs)
{
	struct db_step steps[3];
	enum problem_code err;
	const char *ids;
	size_t n = 0;

	if ((err = query_ids(rq, &ids)) != PROBLEM_NONE)
		return err;
	query_hold(rq, rq->route->resource, ids, steps, &n);
	query_present(rq, rq->route->resource, ids, &steps[n]);
	query_delete_many(rq, rq->route->resource, ids, &steps[n + 1]);
	steps[n].answer = true;
	if ((err = session_write(rq, steps, n + 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[n]);
}

static enum problem_code
resource_update_many(struct request *rq, struct response *rs)
{
	struct json_object *body;
	struct db_step steps[3], update;
	enum problem_code err;
	const char *ids;
	size_t n = 0;
	bool changes;

	if ((err = query_ids(rq, &ids)) != PROBLEM_NONE ||
	    (err = request_json(rq, &body)) != PROBLEM_NONE ||
	    (err = query_update_many(rq, rq->route->resource, ids, ARRAY_SET,
		 body, &update, &changes)) != PROBLEM_NONE)
		return err;
	query_hold(rq, rq->route->resource, ids, steps, &n);
	query_present(rq, rq->route->resource, ids, &steps[n]);
	steps[n].answer = true;
	steps[n + 1] = update;
	if ((err = session_write(rq, steps, n + (changes ? 2 : 1))) !=
	    PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[n]);
}
