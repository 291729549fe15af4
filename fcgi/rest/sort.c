/* The order of rows: a column, and the ID for rows with equal values. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/known_names.h"
#include "fcgi/rest/relation.h"
#include "fcgi/rest/sort.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

bool
sort_by_id(const struct sort *by)
{
	return strcmp(by->column->name, "id") == 0;
}

/*
 * Sorts nulls last. Indexes are in the order DESC NULLS LAST. Read backward, they
 * are in the order ASC NULLS FIRST, which is used for columns without nulls.
 * Indexes of logs have no such clause.
 */
static void
order_nulls(struct sort *by)
{
	bool logged = by->log && by->column->type == VALUE_TIMESTAMP;

	by->nullable = (by->column->flags & COLUMN_NOT_NULL) == 0 && !logged;
	if (logged)
		by->nulls = "";
	else if (by->down)
		by->nulls = " NULLS LAST";
	else
		by->nulls = by->nullable ? "" : " NULLS FIRST";
}

#define LEVELS_MAX 3

static enum problem_code find_column(
    struct request *, const char *name, int level, const struct column **);

/*
 * Returns true if the column is stored in its row. Counts and rollups would be
 * computed once for each row of the list.
 */
static bool
is_stored(const struct column *c)
{
	if (c->sql != NULL)
		return strstr(c->sql, "SELECT") == NULL;
	return (c->flags & (COLUMN_WRITE | COLUMN_STEPS)) != 0 ||
	    strcmp(c->name, "id") == 0 || strcmp(c->name, "created_at") == 0 ||
	    strcmp(c->name, "updated_at") == 0;
}

/*
 * Finds a column of the row to which a row refers, as in "company.name". The
 * inner t hides the outer t, whose value is o.of.
 */
static enum problem_code
find_related(struct request *rq, const char *name, int level,
    const struct column **column)
{
	const struct route *route;
	struct column *made = arena_alloc(rq->arena, sizeof *made);
	const struct column *found;
	struct relation rel;
	enum problem_code err;
	struct buf b;

	if (level == LEVELS_MAX)
		return PROBLEM_NONE;
	err = relation_find(rq, name, NULL, &rel);
	if (err != PROBLEM_NONE || rel.of == NULL ||
	    strcmp(rel.theirs, "id") != 0)
		return err;
	route = relation_enter(rq, rel.of);
	err = find_column(rq, rel.rest, level + 1, &found);
	rq->route = route;
	if (err != PROBLEM_NONE || found == NULL)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "(SELECT f.v FROM (SELECT %s AS of) o, LATERAL (SELECT ",
	    rel.column);
	column_put(&b, "t", found);
	buf_printf(&b, " AS v FROM %s t WHERE t.id = o.of) f)",
	    resource_source(rel.of));
	*made = (struct column){ .name = name,
		.type = found->type,
		.flags = COLUMN_ASIDE,
		.sql = b.data };
	*column = made;
	return PROBLEM_NONE;
}

static enum problem_code
find_column(struct request *rq, const char *name, int level,
    const struct column **column)
{
	enum problem_code err = custom_fields_column(rq, name, column);

	if (err != PROBLEM_NONE)
		return err;
	if (*column == NULL)
		return find_related(rq, name, level, column);
	if (level > 0 && !is_stored(*column))
		*column = NULL;
	return PROBLEM_NONE;
}

enum problem_code
sort_read(struct request *rq, const char *path, struct json_object *sort,
    struct sort *by)
{
	const char *name = "id", *order = "ASC";
	enum problem_code err;

	if (sort != NULL) {
		name = value_scalar(json_object_array_get_idx(sort, 0));
		order = value_scalar(json_object_array_get_idx(sort, 1));
	}
	if (name == NULL || order == NULL ||
	    (strcmp(order, "ASC") != 0 && strcmp(order, "DESC") != 0))
		return request_refuse(rq, "sort_invalid", path);
	if ((err = find_column(rq, name, 0, &by->column)) != PROBLEM_NONE)
		return err;
	by->down = *order == 'D';
	by->log = rq->route->resource->log;
	if (by->column == NULL || !value_ordered(by->column->type) ||
	    (by->log && !sort_by_id(by) && by->column->type != VALUE_TIMESTAMP))
		return request_refuse(rq, "not_sorted", path,
		    rq->route->resource->name, name, known_orders(rq, name));
	by->collation = column_collation(by->column);
	order_nulls(by);
	return PROBLEM_NONE;
}

void
sort_put(struct statement *s, const struct sort *by, const char *row)
{
	const char *down = by->down ? " DESC" : "";

	buf_puts(&s->text, " ORDER BY ");
	if (by->log && strcmp(row, "t") == 0)
		buf_printf(&s->text, "t.tenant%s, ", down);
	column_put(&s->text, row, by->column);
	buf_printf(&s->text, "%s%s", by->collation, down);
	if (!sort_by_id(by))
		buf_printf(&s->text, "%s, %s.id%s", by->nulls, row, down);
}
