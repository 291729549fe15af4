/* Lists the names that a client may have meant, for refusals. */

#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/known_names.h"
#include "lib/base/arena.h"

typedef bool column_fn(const struct resource *, const struct column *);

static bool
is_any(const struct resource *r, const struct column *c)
{
	(void)r;
	(void)c;
	return true;
}

static bool
is_filtered(const struct resource *r, const struct column *c)
{
	(void)r;
	return (c->flags & (COLUMN_SHOWN | COLUMN_COSTLY | COLUMN_CUSTOM)) == 0;
}

static bool
is_grouped(const struct resource *r, const struct column *c)
{
	(void)r;
	return (c->flags & COLUMN_COSTLY) == 0 && value_ordered(c->type);
}

static bool
is_sorted(const struct resource *r, const struct column *c)
{
	return is_grouped(r, c) &&
	    (!r->log || strcmp(c->name, "id") == 0 ||
		c->type == VALUE_TIMESTAMP);
}

static bool
is_written(const struct resource *r, const struct column *c)
{
	(void)r;
	return (c->flags & (COLUMN_WRITE | COLUMN_STEPS)) != 0;
}

static void
add_columns(struct nearest *n, const struct resource *r, column_fn *wanted)
{
	const struct column *c;

	for (c = r->columns; c->name != NULL; c++)
		if (wanted(r, c))
			nearest_add(n, c->name);
}

/* Adds "company.sector": the fields of the rows to which a row refers. */
static void
add_parents(struct request *rq, struct nearest *n, column_fn *wanted)
{
	const struct reference *f = rq->route->resource->references;
	const struct resource *of;
	const struct column *c;

	for (; f != NULL && f->name != NULL; f++) {
		of = resource_named(rq, f->resource);
		for (c = of != NULL ? of->columns : NULL;
		     c != NULL && c->name != NULL; c++)
			if (wanted(of, c))
				nearest_add(n,
				    arena_printf(
					rq->arena, "%s.%s", f->name, c->name));
	}
}

static bool
refers_to(const struct request *rq, const struct resource *of,
    const struct resource *r)
{
	const struct reference *f;
	const struct resource *to;

	if (of->log || r->table == NULL || strcmp(of->name, OBJECT_ROWS) == 0 ||
	    resource_named(rq, of->name) != of)
		return false;
	for (f = of->references; f != NULL && f->name != NULL; f++) {
		to = resource_named(rq, f->resource);
		if (to != NULL && to->table != NULL &&
		    strcmp(to->table, r->table) == 0)
			return true;
	}
	return false;
}

/*
 * Adds "deals.any" and "deals.none", which stand for the rows that refer to a
 * row. rest is a field of the referring rows, or "".
 */
static void
add_children(struct request *rq, struct nearest *n, const char *rest)
{
	const struct resource *const *of;
	const char *name = arena_strndup(rq->arena, rest, strcspn(rest, "."));

	for (of = rq->resources; *of != NULL; of++) {
		if (!refers_to(rq, *of, rq->route->resource) ||
		    (*rest != '\0' && resource_column(*of, name) == NULL))
			continue;
		nearest_add(n,
		    arena_printf(rq->arena, "%s.any%s%s", (*of)->name,
			*rest != '\0' ? "." : "", rest));
		nearest_add(n,
		    arena_printf(rq->arena, "%s.none%s%s", (*of)->name,
			*rest != '\0' ? "." : "", rest));
	}
}

void
known_children(struct request *rq, struct nearest *n)
{
	const struct resource *const *of;

	for (of = rq->resources; *of != NULL; of++)
		if (refers_to(rq, *of, rq->route->resource))
			nearest_add(n, (*of)->name);
}

const char *
known_filters(struct request *rq, const char *key)
{
	const struct resource *r = rq->route->resource;
	const char *asked = arena_strndup(rq->arena, key, strcspn(key, "@"));
	const char *dot = strchr(asked, '.'), *rest;
	struct nearest n;

	nearest_begin(&n, rq->arena, asked);
	add_columns(&n, r, is_filtered);
	if (r->search != NULL)
		nearest_add(&n, "q");
	if (dot != NULL && !r->log) {
		rest = strchr(dot + 1, '.');
		add_parents(rq, &n, is_filtered);
		add_children(rq, &n, rest != NULL ? rest + 1 : "");
	}
	return nearest_list(&n);
}

const char *
known_orders(struct request *rq, const char *name)
{
	struct nearest n;

	nearest_begin(&n, rq->arena, name);
	add_columns(&n, rq->route->resource, is_sorted);
	return nearest_list(&n);
}

const char *
known_fields(struct request *rq, const struct resource *r, const char *name)
{
	struct nearest n;

	nearest_begin(&n, rq->arena, name);
	add_columns(&n, r, is_any);
	return nearest_list(&n);
}

const char *
known_groups(struct request *rq, const char *text, const char *const *units)
{
	const struct column *c = rq->route->resource->columns;
	const char *const *unit;
	struct nearest n;

	nearest_begin(&n, rq->arena, text);
	add_columns(&n, rq->route->resource, is_grouped);
	if (strchr(text, '.') != NULL)
		add_parents(rq, &n, is_grouped);
	for (; strchr(text, ':') != NULL && c->name != NULL; c++) {
		if (c->type != VALUE_DATE && c->type != VALUE_TIMESTAMP)
			continue;
		for (unit = units; *unit != NULL; unit++)
			if (c->type != VALUE_DATE || strcmp(*unit, "hour") != 0)
				nearest_add(&n,
				    arena_printf(
					rq->arena, "%s:%s", c->name, *unit));
	}
	return nearest_list(&n);
}

const char *
known_values(struct request *rq, const char *text)
{
	static const char *const functions[] = { "sum", "avg", "min", "max" };
	const struct resource *r = rq->route->resource;
	const struct column *c;
	struct nearest n;
	bool number;
	size_t i;

	nearest_begin(&n, rq->arena, text);
	nearest_add(&n, "count");
	for (c = r->columns; c->name != NULL; c++) {
		number = c->type == VALUE_BIGINT || c->type == VALUE_SMALLINT ||
		    c->type == VALUE_NUMERIC;
		if (!is_grouped(r, c) || c->type == VALUE_BOOLEAN)
			continue;
		for (i = number ? 0 : 2; i < 4; i++)
			nearest_add(&n,
			    arena_printf(
				rq->arena, "%s:%s", functions[i], c->name));
	}
	return nearest_list(&n);
}

const char *
known_members(struct request *rq, const struct resource *r, const char *name)
{
	struct nearest n;

	nearest_begin(&n, rq->arena, name);
	add_columns(&n, r, is_written);
	if (r->identified != NULL)
		nearest_add(&n, EXTERNAL_IDS);
	return nearest_hint(&n);
}
