/*
 * Reads deleted rows from the trash, in the same form as the resource's rows.
 */

#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/deleted.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

static const struct column added[] = {
	{ .name = "deleted_at", .type = VALUE_TIMESTAMP },
	{ .name = "deleted_by", .type = VALUE_BIGINT },
};
#define ADDED (sizeof added / sizeof added[0])

/* Writes "SELECT x.id AS id, x.name, ...", without the additional columns. */
static void
put_live_columns(struct buf *b, const struct resource *r)
{
	const struct column *c;
	const char *sep = "SELECT ";

	for (c = r->columns; c->name != NULL; c++, sep = ", ")
		buf_printf(b, "%sx.%s", sep, c->name);
}

/*
 * Writes the same columns of a row in the trash. The time of its last change is
 * the time of the deletion. A row that is older than the created_at column has
 * no creation time.
 */
static void
put_trash_columns(struct buf *b, const struct resource *r)
{
	const struct column *c;
	const char *sep = "SELECT ";

	for (c = r->columns; c->name != NULL; c++, sep = ", ")
		if (strcmp(c->name, "id") == 0)
			buf_printf(b, "%sg.row_id AS id", sep);
		else if (strcmp(c->name, "updated_at") == 0)
			buf_printf(b, "%sg.deleted_at AS updated_at", sep);
		else if (strcmp(c->name, "created_at") == 0)
			buf_printf(b,
			    "%scoalesce((x.found).created_at, g.deleted_at) "
			    "AS created_at",
			    sep);
		else
			buf_printf(b, "%s(x.found).%s", sep, c->name);
}

/*
 * Returns the source of rows that are not deleted. With limited grants, a list
 * reads rows by their IDs: see filter_put().
 */
static const char *
live_rows(struct request *rq, const struct resource *r)
{
	const char *column, *table = resource_limited_by(r, &column);
	struct buf b;

	buf_init(&b, rq->arena);
	put_live_columns(&b, r);
	buf_printf(&b,
	    ", NULL::timestamptz AS deleted_at, NULL::bigint AS deleted_by "
	    "FROM %s x",
	    resource_source(r));
	if (rq->limited)
		buf_printf(&b,
		    " WHERE x.%s = ANY ((SELECT "
		    "crm.reachable('%s'))::bigint[])",
		    column, table);
	return b.data;
}

/*
 * Returns the source of rows in the trash. The ID comes from a trash column
 * that has an index. A count does not read the stored rows, because it uses no
 * column of the subquery. If a caller may read only some rows but all fields,
 * row security shows the rows that this caller deleted.
 */
static const char *
trash_rows(struct request *rq, const struct resource *r)
{
	const char *name = strchr(r->table, '.') + 1;
	struct buf b;

	buf_init(&b, rq->arena);
	put_trash_columns(&b, r);
	buf_printf(&b,
	    ", g.deleted_at, g.sales_id AS deleted_by FROM crm.trash g, "
	    "LATERAL (SELECT pg_catalog.json_populate_record(NULL::%s, g.row) "
	    "AS found OFFSET 0) x "
	    "WHERE g.resource = '%s' AND ((SELECT ops.reads_all("
	    "current_setting('app.grants', true))) OR ops.permits('%s', "
	    "'read', (g.row->>'sales_id')::bigint))",
	    r->object != NULL ? r->table : resource_source(r), name,
	    r->object != NULL ? r->object : name);
	if (r->object != NULL)
		buf_printf(&b, " AND g.object = '%s'", r->object);
	return b.data;
}

static const struct column *
more_columns(struct request *rq, const struct column *columns)
{
	struct column *more;
	size_t n = 0;

	while (columns[n].name != NULL)
		n++;
	more = arena_array(rq->arena, n + ADDED + 1, sizeof *more);
	memcpy(more, columns, n * sizeof *more);
	memcpy(more + n, added, sizeof added);
	more[n + ADDED].name = NULL;
	return more;
}

bool
deleted_admits(const struct resource *r, const char *include)
{
	return strcmp(include, "archived") == 0 ? r->archives : r->trashed;
}

/* Refuses a value of the parameter, and lists the values that it can have. */
static enum problem_code
refuse_value(struct request *rq, const struct resource *r)
{
	return request_refuse(rq, "param_not_among_values", "include",
	    r->archives && r->trashed ? "archived, deleted"
		: r->archives         ? "archived"
				      : "deleted");
}

enum problem_code
deleted_include(struct request *rq, bool one)
{
	const struct resource *r = rq->route->resource;
	const char *live, *gone, *include;
	struct resource *both;
	struct route *route;

	if (param_text(rq, "include") == NULL)
		return PROBLEM_NONE;
	include = param_text(rq, "include");
	if (!r->archives && !r->trashed)
		return request_refuse(rq, "not_in_trash", "include", r->name);
	if (!param_allowed(rq, "include") || !deleted_admits(r, include))
		return refuse_value(rq, r);
	if (strcmp(include, "archived") == 0)
		return PROBLEM_NONE;
	request_require_scope(
	    rq, r->name, "read", r->admin_verbs & (one ? VERB_GET : VERB_LIST));
	request_require_scope(rq, "trash", "read", false);
	live = live_rows(rq, r);
	gone = trash_rows(rq, r);
	both = arena_alloc(rq->arena, sizeof *both);
	*both = *r;
	both->columns = more_columns(rq, r->columns);
	both->view = arena_printf(
	    rq->arena, one ? "(%s UNION ALL %s)" : "(%s)", live, gone);
	both->deleted = arena_printf(rq->arena, "(%s)", gone);
	if (rq->limited)
		both->total = NULL;
	both->narrow = NULL;
	both->row_table = NULL;
	route = arena_alloc(rq->arena, sizeof *route);
	*route = *rq->route;
	route->resource = both;
	rq->route = route;
	return PROBLEM_NONE;
}
