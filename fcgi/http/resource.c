/* Finds resources and columns by name. */

#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

const struct resource *
resource_find(const struct resource *const *all, const char *name)
{
	for (; *all != NULL; all++)
		if (strcmp((*all)->name, name) == 0)
			return *all;
	return NULL;
}

bool
resource_is_object(const char *name)
{
	const char *key = name + strlen(OBJECT_PREFIX);
	const size_t most = 40;

	return strncmp(name, OBJECT_PREFIX, strlen(OBJECT_PREFIX)) == 0 &&
	    key[0] >= 'a' && key[0] <= 'z' && strlen(key) <= most &&
	    key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

const struct resource *
resource_of_object(
    struct arena *a, const struct resource *all, const char *name)
{
	struct resource *r;

	if (all == NULL || !resource_is_object(name))
		return NULL;
	r = arena_alloc(a, sizeof *r);
	*r = *all;
	r->name = r->custom = r->object = arena_strdup(a, name);
	r->view = arena_printf(
	    a, "(SELECT * FROM %s WHERE object = '%s')", r->table, name);
	return r;
}

const struct resource *
resource_named(const struct request *rq, const char *name)
{
	const struct resource *r = resource_find(rq->resources, name);

	return r != NULL ? r
			 : resource_of_object(rq->arena,
			       resource_find(rq->resources, OBJECT_ROWS), name);
}

const struct column *
resource_column(const struct resource *r, const char *name)
{
	const struct column *c;

	for (c = r->columns; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

void
column_put(struct buf *b, const char *row, const struct column *c)
{
	if (c->sql == NULL)
		buf_printf(b, "%s.%s", row, c->name);
	else if (strcmp(row, "t") == 0)
		buf_puts(b, c->sql);
	else
		buf_printf(b, "%s.\"%s\"", row, c->name);
}

const char *
column_collation(const struct column *c)
{
	return c->type == VALUE_TEXT && strcmp(c->name, "id") != 0
	    ? " COLLATE ops.human"
	    : "";
}

const char *
resource_source(const struct resource *r)
{
	return r->view != NULL ? r->view : r->table;
}

const char *
resource_owned(const struct resource *r)
{
	if (r->personal || r->object != NULL ||
	    resource_column(r, "sales_id") == NULL)
		return NULL;
	if (r->total != NULL)
		return r->total;
	return r->table != NULL ? strchr(r->table, '.') + 1 : NULL;
}

const char *
resource_limited_by(const struct resource *r, const char **column)
{
	*column = r->owner_table != NULL ? r->owner_column : "id";
	return r->owner_table != NULL ? r->owner_table : resource_owned(r);
}

enum problem_code
resource_check_id(struct request *rq, const struct resource *r, const char *id)
{
	if (r->key != NULL || value_text_fits(VALUE_BIGINT, id))
		return PROBLEM_NONE;
	return request_refuse(rq, "whole_number", "id");
}

enum problem_code
resource_check_number(struct request *rq)
{
	static const struct resource any = { .key = NULL };

	return resource_check_id(rq, &any, rq->id);
}
