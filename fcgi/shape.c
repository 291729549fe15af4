#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "request.h"
#include "resource.h"
#include "shape.h"

#define MORE    2 /* parts that are read and not shown, at most */
#define CHANGED "changed"

static struct part
column_part(struct request *rq, const struct column *c)
{
	struct part part = { c->name, c->type, NULL, NULL };

	if (c->type == VALUE_JSONBS) /* its text form is not JSON */
		part.sql = arena_printf(rq->arena,
		    "pg_catalog.array_to_json(t.%s) AS %s", c->name, c->name);
	else
		part.sql = arena_printf(rq->arena, "t.%s", c->name);
	return part;
}

static size_t
count_parts(const struct resource *r)
{
	const struct reference *f;
	size_t n = 0;

	while (r->columns[n].name != NULL)
		n++;
	for (f = r->references; f != NULL && f->name != NULL; f++)
		n++;
	return n + 1 + MORE;
}

static void
start(struct request *rq, const struct resource *r, struct shape *shape)
{
	shape->n = shape->shown = 0;
	shape->parts =
	    arena_array(rq->arena, count_parts(r), sizeof *shape->parts);
}

void
shape_whole(struct request *rq, const struct resource *r, struct shape *shape)
{
	const struct column *c;

	start(rq, r, shape);
	for (c = r->columns; c->name != NULL; c++)
		shape->parts[shape->n++] = column_part(rq, c);
	shape->shown = shape->n;
}

/* True when the list has that text. */
static bool
listed(struct json_object *list, const char *name)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (strcmp(json_object_get_string(
			       json_object_array_get_idx(list, i)),
			name) == 0)
			return true;
	return false;
}

static const struct reference *
find_reference(const struct resource *r, const char *name)
{
	const struct reference *f;

	for (f = r->references; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* Whether rows say when and by whom they were made and changed. */
static bool
tells_changes(const struct resource *r)
{
	return (r->verbs & VERB_HISTORY) != 0;
}

/* A list of names that the resource has, each a text. */
static enum problem_code
read_names(struct request *rq, const struct resource *r, const char *param,
    struct json_object **list)
{
	bool fields = strcmp(param, "fields") == 0, known;
	struct json_object *e;
	enum problem_code err;
	const char *name;
	size_t i;

	err = request_json_param(rq, param, json_type_array, list);
	if (err != PROBLEM_NONE || *list == NULL)
		return err;
	for (i = 0; i < json_object_array_length(*list); i++) {
		e = json_object_array_get_idx(*list, i);
		name = json_object_is_type(e, json_type_string)
		    ? json_object_get_string(e)
		    : "";
		known = fields ? resource_column(r, name) != NULL
			       : find_reference(r, name) != NULL ||
			(tells_changes(r) && strcmp(name, CHANGED) == 0);
		if (!known)
			return request_fail_field(rq, PROBLEM_MALFORMED, param,
			    "%s have no \"%s\"", r->name, name);
	}
	if (fields && i == 0)
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, param, "names no member");
	return PROBLEM_NONE;
}

/*
 * The row as its own GET shows it; what the caller may not see is null.  A
 * join, since Postgres remembers what it found: many rows may refer to one, and
 * what that one counts may be those many.  OFFSET keeps it from being flattened
 * to something that is worked out for each of them again.
 */
static struct part
row_part(struct request *rq, const struct reference *f)
{
	const struct resource *named = resource_named(rq, f->resource);
	const char *sep =
	    " LEFT JOIN LATERAL (SELECT row_to_json(f) AS found FROM (SELECT ";
	const struct column *c;
	struct buf b;

	request_ask(rq, named->name, false, named->admin_verbs & VERB_GET);
	buf_init(&b, rq->arena);
	for (c = named->columns; c->name != NULL; c++, sep = ", ")
		buf_printf(&b, "%se.%s", sep, c->name);
	buf_printf(&b, " FROM %s e WHERE e.id = t.%s) f OFFSET 0) e_%s ON true",
	    resource_source(named), f->column, f->name);
	return (struct part){ f->name, VALUE_JSON,
		arena_printf(rq->arena, "e_%s.found AS %s", f->name, f->name),
		b.data };
}

/* From the log, whose rows have it all; so no row carries it. */
static struct part
changed_part(struct request *rq, const struct resource *r)
{
	return (struct part){ CHANGED, VALUE_JSON,
		arena_printf(rq->arena,
		    "crm.row_changed('%s', t.id) AS " CHANGED,
		    strchr(r->table, '.') + 1),
		NULL };
}

enum problem_code
shape_read(struct request *rq, const struct resource *r, struct shape *shape)
{
	struct json_object *fields, *embed;
	const struct reference *f;
	const struct column *c;
	enum problem_code err;

	if ((err = read_names(rq, r, "fields", &fields)) != PROBLEM_NONE ||
	    (err = read_names(rq, r, "embed", &embed)) != PROBLEM_NONE)
		return err;
	start(rq, r, shape);
	for (c = r->columns; c->name != NULL; c++)
		if (fields == NULL || listed(fields, c->name))
			shape->parts[shape->n++] = column_part(rq, c);
	if (embed != NULL)
		request_ask(rq, r->name, false, r->admin_verbs & VERB_GET);
	for (f = r->references; embed != NULL && f != NULL && f->name != NULL;
	     f++)
		if (listed(embed, f->name))
			shape->parts[shape->n++] = row_part(rq, f);
	if (embed != NULL && listed(embed, CHANGED))
		shape->parts[shape->n++] = changed_part(rq, r);
	shape->shown = shape->n;
	return PROBLEM_NONE;
}

size_t
shape_find(struct request *rq, const struct resource *r, struct shape *shape,
    const char *name)
{
	size_t i;

	for (i = 0; i < shape->n; i++)
		if (strcmp(shape->parts[i].name, name) == 0)
			return i;
	shape->parts[i] = column_part(rq, resource_column(r, name));
	return shape->n++;
}

void
shape_select(struct buf *b, const struct shape *shape)
{
	size_t i;

	for (i = 0; i < shape->n; i++)
		buf_printf(b, "%s%s", i > 0 ? ", " : "", shape->parts[i].sql);
}

void
shape_join(struct buf *b, const struct shape *shape)
{
	size_t i;

	for (i = 0; i < shape->n; i++)
		if (shape->parts[i].join != NULL)
			buf_puts(b, shape->parts[i].join);
}
