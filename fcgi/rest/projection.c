#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/projection.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define MORE    2 /* parts that are read and not shown, at most */
#define CHANGED "changed"

static struct projection_column
column_part(struct request *rq, const struct column *c)
{
	struct projection_column part = { c->name, c->type, NULL, NULL };

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
start(
    struct request *rq, const struct resource *r, struct projection *projection)
{
	projection->n = projection->shown = 0;
	projection->parts =
	    arena_array(rq->arena, count_parts(r), sizeof *projection->parts);
}

void
projection_whole(
    struct request *rq, const struct resource *r, struct projection *projection)
{
	const struct column *c;

	start(rq, r, projection);
	for (c = r->columns; c->name != NULL; c++)
		projection->parts[projection->n++] = column_part(rq, c);
	projection->shown = projection->n;
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
static struct projection_column
row_part(struct request *rq, const struct reference *f)
{
	const struct resource *named = resource_named(rq, f->resource);
	const char *sep =
	    " LEFT JOIN LATERAL (SELECT row_to_json(f) AS found FROM (SELECT ";
	const struct column *c;
	struct buf b;

	request_require_scope(
	    rq, named->name, false, named->admin_verbs & VERB_GET);
	buf_init(&b, rq->arena);
	for (c = named->columns; c->name != NULL; c++, sep = ", ")
		buf_printf(&b, "%se.%s", sep, c->name);
	buf_printf(&b, " FROM %s e WHERE e.id = t.%s) f OFFSET 0) e_%s ON true",
	    resource_source(named), f->column, f->name);
	return (struct projection_column){ f->name, VALUE_JSON,
		arena_printf(rq->arena, "e_%s.found AS %s", f->name, f->name),
		b.data };
}

/* From the log, whose rows have it all; so no row carries it. */
static struct projection_column
changed_part(struct request *rq, const struct resource *r)
{
	return (struct projection_column){ CHANGED, VALUE_JSON,
		arena_printf(rq->arena,
		    "crm.row_changed('%s', t.id) AS " CHANGED,
		    strchr(r->table, '.') + 1),
		NULL };
}

enum problem_code
projection_read(
    struct request *rq, const struct resource *r, struct projection *projection)
{
	struct json_object *fields, *embed;
	const struct reference *f;
	const struct column *c;
	enum problem_code err;

	if ((err = read_names(rq, r, "fields", &fields)) != PROBLEM_NONE ||
	    (err = read_names(rq, r, "embed", &embed)) != PROBLEM_NONE)
		return err;
	start(rq, r, projection);
	for (c = r->columns; c->name != NULL; c++)
		if (fields == NULL || listed(fields, c->name))
			projection->parts[projection->n++] = column_part(rq, c);
	if (embed != NULL)
		request_require_scope(
		    rq, r->name, false, r->admin_verbs & VERB_GET);
	for (f = r->references; embed != NULL && f != NULL && f->name != NULL;
	     f++)
		if (listed(embed, f->name))
			projection->parts[projection->n++] = row_part(rq, f);
	if (embed != NULL && listed(embed, CHANGED))
		projection->parts[projection->n++] = changed_part(rq, r);
	projection->shown = projection->n;
	return PROBLEM_NONE;
}

size_t
projection_find(struct request *rq, const struct resource *r,
    struct projection *projection, const char *name)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		if (strcmp(projection->parts[i].name, name) == 0)
			return i;
	projection->parts[i] = column_part(rq, resource_column(r, name));
	return projection->n++;
}

void
projection_select(struct buf *b, const struct projection *projection)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		buf_printf(
		    b, "%s%s", i > 0 ? ", " : "", projection->parts[i].sql);
}

void
projection_join(struct buf *b, const struct projection *projection)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		if (projection->parts[i].join != NULL)
			buf_puts(b, projection->parts[i].join);
}
