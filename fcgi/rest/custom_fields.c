/* Turns the fields that an organization defines into columns. */

#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/custom_fields.h"
#include "lib/base/arena.h"
#include "schema/crm/custom_field.h"

static size_t
count_columns(const struct resource *r)
{
	size_t n = 0;

	while (r->columns[n].name != NULL)
		n++;
	return n;
}

/*
 * Returns a copy of the resource, to which the fields in the result are added
 * as columns.
 */
static const struct resource *
add_columns(
    struct request *rq, const struct resource *r, const struct db_step *step)
{
	size_t n = count_columns(r), rows = (size_t)db_rows(step), i;
	struct column *columns =
	    arena_array(rq->arena, n + rows + 1, sizeof *columns);
	struct resource *more = arena_alloc(rq->arena, sizeof *more);

	memcpy(columns, r->columns, n * sizeof *columns);
	for (i = 0; i < rows; i++)
		columns[n + i] = (struct column){
			.name = db_text(step, (int)i, CUSTOM_COLUMNS_NAME),
			.type = value_named(
			    db_text(step, (int)i, CUSTOM_COLUMNS_TYPE)),
			.flags = COLUMN_ASIDE |
			    (*db_text(step, (int)i, CUSTOM_COLUMNS_COSTLY) ==
					't'
				    ? COLUMN_COSTLY
				    : 0),
			.sql = db_text(step, (int)i, CUSTOM_COLUMNS_EXPRESSION),
			.index = db_text(step, (int)i, CUSTOM_COLUMNS_INDEX_OF),
			.refers = db_text(step, (int)i, CUSTOM_COLUMNS_REFERS),
		};
	*more = *r;
	more->columns = columns;
	more->customized = true;
	return more;
}

enum problem_code
custom_fields_read(struct request *rq)
{
	const struct resource *r = rq->route->resource;
	struct route *route;
	enum problem_code err;
	struct db_step step;

	if (r->customized || r->custom == NULL ||
	    resource_column(r, CUSTOM) == NULL)
		return PROBLEM_NONE;
	step = crm_custom_columns(rq->arena, .resource = r->custom);
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	route = arena_alloc(rq->arena, sizeof *route);
	*route = *rq->route;
	route->resource = add_columns(rq, r, &step);
	rq->route = route;
	return PROBLEM_NONE;
}

enum problem_code
custom_fields_column(
    struct request *rq, const char *name, const struct column **column)
{
	enum problem_code err;

	if (strncmp(name, CUSTOM "->", strlen(CUSTOM "->")) == 0)
		name = arena_printf(
		    rq->arena, CUSTOM ".%s", name + strlen(CUSTOM "->"));
	if (strncmp(name, CUSTOM ".", strlen(CUSTOM ".")) == 0 &&
	    (err = custom_fields_read(rq)) != PROBLEM_NONE)
		return err;
	*column = resource_column(rq->route->resource, name);
	if (*column != NULL && ((*column)->flags & COLUMN_COSTLY) != 0)
		return request_refuse(rq, "rollup_too_many_rows", name,
		    rq->route->resource->name);
	return PROBLEM_NONE;
}

/*
 * Returns true for an address as one line. The columns of its members follow,
 * and an import reads only these.
 */
static bool
has_members(const struct column *c)
{
	size_t len = strlen(c->name);

	return (c->flags & COLUMN_ASIDE) != 0 && c[1].name != NULL &&
	    strncmp(c[1].name, c->name, len) == 0 && c[1].name[len] == '.';
}

const struct resource *
custom_fields_spread(struct request *rq, const struct resource *r)
{
	struct column *columns, *to;
	struct resource *spread;
	const struct column *c;

	if (!r->customized)
		return r;
	spread = arena_alloc(rq->arena, sizeof *spread);
	to = columns =
	    arena_array(rq->arena, count_columns(r) + 1, sizeof *columns);
	for (c = r->columns; c->name != NULL; c++) {
		if ((c->flags & COLUMN_CUSTOM) != 0 || has_members(c))
			continue;
		*to = *c;
		to->flags &= ~(unsigned)COLUMN_ASIDE;
		to++;
	}
	to->name = NULL;
	*spread = *r;
	spread->columns = columns;
	return spread;
}
