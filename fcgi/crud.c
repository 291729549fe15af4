#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "page.h"
#include "query.h"
#include "router.h"
#include "rows.h"
#include "session.h"

/* "contacts 0-24/319", or "contacts *" "/319" where no row is shown. */
static const char *
content_range(struct request *rq, const struct page *page, const char *total)
{
	const char *name = rq->route->resource->name;
	long last = strtol(total, NULL, 10) - 1;

	if (page->first > last)
		return arena_printf(rq->arena, "%s */%s", name, total);
	if (page->last < last)
		last = page->last;
	return arena_printf(
	    rq->arena, "%s %ld-%ld/%s", name, page->first, last, total);
}

static enum problem_code
resource_list(struct request *rq, struct response *rs)
{
	enum problem_code err;
	struct page page;
	struct buf b;

	if ((err = page_query(rq, &page)) != PROBLEM_NONE ||
	    (err = session_read(rq, page.steps, page.nsteps)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	rows_json(&b, rq->route->resource->columns, page.rows);
	response_json(rs, 200, b.data, b.len);
	rs->content_range = content_range(rq, &page, db_text(page.total, 0, 0));
	return PROBLEM_NONE;
}

static enum problem_code
resource_get(struct request *rq, struct response *rs)
{
	enum problem_code err;
	struct db_step get;

	if ((err = query_get(rq, rq->id, &get)) != PROBLEM_NONE ||
	    (err = session_read(rq, &get, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &get);
}

/* The row is read back as GET reads it, in the same round trip. */
static enum problem_code
resource_create(struct request *rq, struct response *rs)
{
	struct json_object *body;
	struct db_step steps[2];
	enum problem_code err;

	if ((err = request_json(rq, &body)) != PROBLEM_NONE ||
	    (err = query_insert(rq, body, &steps[0])) != PROBLEM_NONE ||
	    (err = query_get(rq, NULL, &steps[1])) != PROBLEM_NONE)
		return err;
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 201, &steps[1]);
}

/*
 * PUT and PATCH alike: what is absent stays, and no change is no error.  What
 * a policy keeps from being written is not read back: it is not found.
 */
static enum problem_code
resource_update(struct request *rq, struct response *rs)
{
	struct json_object *body;
	struct db_step steps[2];
	enum problem_code err;
	bool changes;

	if ((err = request_json(rq, &body)) != PROBLEM_NONE ||
	    (err = query_update(rq, rq->id, body, &steps[0], &changes)) !=
		PROBLEM_NONE ||
	    (err = query_get(rq, changes ? NULL : rq->id, &steps[1])) !=
		PROBLEM_NONE)
		return err;
	steps[1].answer = true;
	err = changes ? session_write(rq, steps, 2)
		      : session_write(rq, steps + 1, 1);
	if (err != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}

/* Answers with the row as it was. */
static enum problem_code
resource_delete(struct request *rq, struct response *rs)
{
	struct db_step steps[3];
	enum problem_code err;

	if ((err = query_get(rq, rq->id, &steps[1])) != PROBLEM_NONE ||
	    (err = query_delete(rq, rq->id, &steps[2])) != PROBLEM_NONE)
		return err;
	query_lock(rq, rq->id, &steps[0]);
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 3)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}

/* Answers with the ids that were there. */
static enum problem_code
resource_delete_many(struct request *rq, struct response *rs)
{
	struct db_step steps[2];
	enum problem_code err;
	const char *ids;

	if ((err = query_ids(rq, &ids)) != PROBLEM_NONE)
		return err;
	query_present(rq, ids, &steps[0]);
	query_delete_many(rq, ids, &steps[1]);
	steps[0].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[0]);
}

static enum problem_code
resource_update_many(struct request *rq, struct response *rs)
{
	struct json_object *body;
	struct db_step steps[2];
	enum problem_code err;
	const char *ids;
	bool changes;

	if ((err = query_ids(rq, &ids)) != PROBLEM_NONE ||
	    (err = request_json(rq, &body)) != PROBLEM_NONE ||
	    (err = query_update_many(rq, ids, body, &steps[1], &changes)) !=
		PROBLEM_NONE)
		return err;
	query_present(rq, ids, &steps[0]);
	steps[0].answer = true;
	if ((err = session_write(rq, steps, changes ? 2 : 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[0]);
}

#define ONE "/{id}"

const struct route resource_routes[] = {
	{ METHOD_GET, "", resource_list, SESSION_ORGANIZATION,
	    .summary = "List, filter, sort and count" },
	{ METHOD_POST, "", resource_create, SESSION_ORGANIZATION, ROUTE_BODY,
	    .status = 201, .summary = "Create" },
	{ METHOD_PATCH, "", resource_update_many, SESSION_ORGANIZATION,
	    ROUTE_BODY, .summary = "Update those of a list of ids" },
	{ METHOD_DELETE, "", resource_delete_many, SESSION_ORGANIZATION,
	    .summary = "Delete those of a list of ids" },
	{ METHOD_GET, ONE, resource_get, SESSION_ORGANIZATION,
	    .summary = "Read one" },
	{ METHOD_PUT, ONE, resource_update, SESSION_ORGANIZATION, ROUTE_BODY,
	    .summary = "Update; absent members stay" },
	{ METHOD_PATCH, ONE, resource_update, SESSION_ORGANIZATION, ROUTE_BODY,
	    .summary = "Update; absent members stay" },
	{ METHOD_DELETE, ONE, resource_delete, SESSION_ORGANIZATION,
	    .summary = "Delete; answers with what was there" },
	{ .action = NULL },
};

unsigned
resource_verb(const struct route *r)
{
	switch (r->method) {
	case METHOD_POST:
		return VERB_CREATE;
	case METHOD_PUT:
	case METHOD_PATCH:
		return VERB_UPDATE;
	case METHOD_DELETE:
		return VERB_DELETE;
	default:
		return *r->pattern == '\0' ? VERB_LIST : VERB_GET;
	}
}
